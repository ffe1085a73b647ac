import { Record } from '@servicenow/sdk/core';

// A Table that augments change_request refuses a name without the scope's prefix, and would also emit
// a record for change_request itself. A dictionary record adds the one column and nothing else.
export const tagsColumn = Record({
  $id: Now.ID['column-external-tags'],
  table: 'sys_dictionary',
  data: {
    name: 'change_request',
    element: 'u_external_tags',
    internal_type: 'string',
    column_label: 'External tags',
    comments: 'Which deployment run, pipeline and project this change belongs to. Written by Changebridge.',
    max_length: 1000,
    active: true,
    mandatory: false,
    read_only: false,
    audit: true,
    array: false,
    display: false,
    unique: false,
  },
});

export const tagsColumnLabel = Record({
  $id: Now.ID['column-external-tags-label'],
  table: 'sys_documentation',
  data: {
    name: 'change_request',
    element: 'u_external_tags',
    language: 'en',
    label: 'External tags',
    plural: 'External tags',
    hint: 'Which deployment run, pipeline and project this change belongs to.',
    help: 'Written by Changebridge when a pipeline asks for this change. Other values are kept as they are.',
  },
});
