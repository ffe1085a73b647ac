import { DateTimeColumn, IntegerColumn, ReferenceColumn, StringColumn, Table } from '@servicenow/sdk/core';

export const x_chb_changebridge_outbox = Table({
  name: 'x_chb_changebridge_outbox',
  label: 'Changebridge delivery',
  display: 'number',
  accessibleFrom: 'public',
  actions: ['read'],
  allowWebServiceAccess: true,
  schema: {
    number: StringColumn({ label: 'Change number', maxLength: 40, readOnly: true }),
    change: ReferenceColumn({
      label: 'Change',
      referenceTable: 'change_request',
      cascadeRule: 'none',
      readOnly: true,
    }),
    record_id: StringColumn({
      label: 'Change sys_id',
      maxLength: 32,
      readOnly: true,
      hint: 'Stays when the change itself is deleted.',
    }),
    event: StringColumn({
      label: 'Event',
      maxLength: 40,
      readOnly: true,
      dropdown: 'dropdown_without_none',
      choices: {
        'change.created': { label: 'Created', sequence: 0 },
        'change.updated': { label: 'Updated', sequence: 1 },
        'change.deleted': { label: 'Deleted', sequence: 2 },
      },
    }),
    origin: StringColumn({
      label: 'Origin',
      maxLength: 20,
      readOnly: true,
      dropdown: 'dropdown_without_none',
      choices: {
        rule: { label: 'Saved change', sequence: 0 },
        resend: { label: 'Resend to portal', sequence: 1 },
      },
    }),
    mod_count: IntegerColumn({
      label: 'Version of the change',
      readOnly: true,
      hint: 'sys_mod_count of the change.',
    }),
    state: StringColumn({
      label: 'State',
      maxLength: 20,
      readOnly: true,
      default: 'pending',
      dropdown: 'dropdown_without_none',
      choices: {
        pending: { label: 'Waiting', sequence: 0 },
        delivering: { label: 'Being delivered', sequence: 1 },
        delivered: { label: 'Delivered', sequence: 2 },
        dead: { label: 'Failed', sequence: 3 },
      },
    }),
    attempts: IntegerColumn({ label: 'Attempts', readOnly: true, default: 0 }),
    http_status: IntegerColumn({
      label: 'HTTP status',
      readOnly: true,
      hint: '0 means that no answer came.',
    }),
    last_error: StringColumn({ label: 'Last error', maxLength: 1000, readOnly: true }),
    last_attempt: DateTimeColumn({ label: 'Last attempt', readOnly: true }),
    next_attempt: DateTimeColumn({ label: 'Next attempt', readOnly: true }),
    give_up_at: DateTimeColumn({ label: 'Retries end', readOnly: true }),
    occurred_at: DateTimeColumn({ label: 'Recorded', readOnly: true }),
    delivered_at: DateTimeColumn({ label: 'Delivered', readOnly: true }),
    clock_skew: IntegerColumn({
      label: 'Clock difference (s)',
      readOnly: true,
      hint: "The bridge's clock minus this instance's, at the last answer.",
    }),
    payload: StringColumn({
      label: 'Payload',
      maxLength: 65000,
      readOnly: true,
      hint: 'The exact body that is sent. It holds no secret.',
    }),
  },
  index: [
    { name: 'record_state', unique: false, element: ['record_id', 'state', 'mod_count'] },
    { name: 'state_next', unique: false, element: ['state', 'next_attempt'] },
    { name: 'state_delivered', unique: false, element: ['state', 'delivered_at'] },
  ],
});

export const x_chb_changebridge_claim = Table({
  name: 'x_chb_changebridge_claim',
  label: 'Changebridge claim',
  accessibleFrom: 'package_private',
  schema: {
    record_id: StringColumn({
      label: 'Change sys_id',
      maxLength: 32,
      mandatory: true,
      unique: true,
      hint: 'The change whose deliveries a worker holds.',
    }),
    token: StringColumn({ label: 'Token', maxLength: 32, mandatory: true }),
    claimed_at: DateTimeColumn({ label: 'Claimed', mandatory: true }),
  },
});

export const x_chb_changebridge_health = Table({
  name: 'x_chb_changebridge_health',
  label: 'Changebridge health check',
  display: 'name',
  accessibleFrom: 'public',
  actions: ['read'],
  allowWebServiceAccess: true,
  schema: {
    key: StringColumn({ label: 'Key', maxLength: 40, readOnly: true, unique: true }),
    name: StringColumn({ label: 'Check', maxLength: 80, readOnly: true }),
    status: StringColumn({
      label: 'Status',
      maxLength: 20,
      readOnly: true,
      dropdown: 'dropdown_without_none',
      choices: {
        ok: { label: 'OK', sequence: 0 },
        warning: { label: 'Warning', sequence: 1 },
        failed: { label: 'Failed', sequence: 2 },
      },
    }),
    detail: StringColumn({ label: 'Detail', maxLength: 2000, readOnly: true }),
    position: IntegerColumn({ label: 'Position', readOnly: true }),
    checked_at: DateTimeColumn({ label: 'Checked', readOnly: true }),
  },
});
