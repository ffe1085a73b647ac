import { default_view, Form, List } from '@servicenow/sdk/core';

export const deliveryList = List({
  table: 'x_chb_changebridge_outbox',
  view: default_view,
  columns: [
    'number',
    'event',
    'state',
    'attempts',
    'http_status',
    'last_error',
    'next_attempt',
    'occurred_at',
    'delivered_at',
  ],
});

export const deliveriesOfAChange = List({
  table: 'x_chb_changebridge_outbox',
  view: default_view,
  parent: 'change_request',
  columns: ['occurred_at', 'event', 'state', 'attempts', 'http_status', 'last_error', 'next_attempt'],
});

export const healthList = List({
  table: 'x_chb_changebridge_health',
  view: default_view,
  columns: ['position', 'name', 'status', 'detail', 'checked_at'],
});

export const deliveryForm = Form({
  table: 'x_chb_changebridge_outbox',
  view: default_view,
  sections: [
    {
      caption: 'Delivery',
      content: [
        {
          layout: 'two-column',
          leftElements: [
            { field: 'number', type: 'table_field' },
            { field: 'change', type: 'table_field' },
            { field: 'record_id', type: 'table_field' },
            { field: 'event', type: 'table_field' },
            { field: 'origin', type: 'table_field' },
            { field: 'mod_count', type: 'table_field' },
            { field: 'occurred_at', type: 'table_field' },
          ],
          rightElements: [
            { field: 'state', type: 'table_field' },
            { field: 'attempts', type: 'table_field' },
            { field: 'http_status', type: 'table_field' },
            { field: 'last_attempt', type: 'table_field' },
            { field: 'next_attempt', type: 'table_field' },
            { field: 'give_up_at', type: 'table_field' },
            { field: 'delivered_at', type: 'table_field' },
          ],
        },
        {
          layout: 'one-column',
          elements: [
            { field: 'last_error', type: 'table_field' },
            { field: 'clock_skew', type: 'table_field' },
            { field: 'payload', type: 'table_field' },
          ],
        },
      ],
    },
  ],
});

export const healthForm = Form({
  table: 'x_chb_changebridge_health',
  view: default_view,
  sections: [
    {
      caption: 'Check',
      content: [
        {
          layout: 'one-column',
          elements: [
            { field: 'name', type: 'table_field' },
            { field: 'status', type: 'table_field' },
            { field: 'detail', type: 'table_field' },
            { field: 'checked_at', type: 'table_field' },
          ],
        },
      ],
    },
  ],
});
