import { BusinessRule } from '@servicenow/sdk/core';
import { onChangeCreated, onChangeDeleted, onChangeUpdated } from '../server/rules.ts';

// Asynchronous rules run after the save, in a worker: they cannot slow, block or abort it. Their order
// stays below 1000 because rules from 1000 on run for active records only.
export const changeCreated = BusinessRule({
  $id: Now.ID['rule-change-created'],
  name: 'Changebridge: change created',
  description: 'Writes a delivery for the portal when a change is created.',
  table: 'change_request',
  when: 'async',
  action: ['insert'],
  order: 500,
  active: true,
  script: onChangeCreated,
});

export const changeUpdated = BusinessRule({
  $id: Now.ID['rule-change-updated'],
  name: 'Changebridge: change updated',
  description:
    'Writes a delivery for the portal when a field has changed that the portal shows, or that keeps a deployment waiting.',
  table: 'change_request',
  when: 'async',
  action: ['update'],
  order: 500,
  active: true,
  filterCondition:
    'approvalVALCHANGES^ORstateVALCHANGES^ORpriorityVALCHANGES^ORshort_descriptionVALCHANGES^ORdescriptionVALCHANGES^ORcategoryVALCHANGES^ORbusiness_serviceVALCHANGES^ORu_external_tagsVALCHANGES^ORactiveVALCHANGES^ORon_holdVALCHANGES^ORon_hold_reasonVALCHANGES^ORstart_dateVALCHANGES^ORend_dateVALCHANGES^ORtypeVALCHANGES^ORriskVALCHANGES^ORconflict_statusVALCHANGES^ORassignment_groupVALCHANGES^ORrequested_byVALCHANGES^ORclose_codeVALCHANGES^EQ',
  script: onChangeUpdated,
});

export const changeDeleted = BusinessRule({
  $id: Now.ID['rule-change-deleted'],
  name: 'Changebridge: change deleted',
  description: 'Writes a delivery for the portal when a change is deleted.',
  table: 'change_request',
  when: 'async',
  action: ['delete'],
  order: 500,
  active: true,
  script: onChangeDeleted,
});
