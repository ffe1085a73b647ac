import { Record, ScheduledScript, ScriptAction } from '@servicenow/sdk/core';
import { askOnEvent, deliverOnEvent, everyMinute } from '../server/jobs.ts';

export const deliverEvent = Record({
  $id: Now.ID['event-deliver'],
  table: 'sysevent_register',
  data: {
    suffix: 'deliver',
    event_name: 'x_chb_changebridge.deliver',
    description: 'A delivery was written and should go out now.',
    table: 'x_chb_changebridge_outbox',
    fired_by: 'Business rules on change_request; Resend to portal; Retry now',
    priority: 100,
  },
});

export const failedEvent = Record({
  $id: Now.ID['event-failed'],
  table: 'sysevent_register',
  data: {
    suffix: 'failed',
    event_name: 'x_chb_changebridge.failed',
    description: 'A delivery failed for good. Use it for a notification.',
    table: 'x_chb_changebridge_outbox',
    fired_by: 'Script action and job of Changebridge',
    priority: 100,
  },
});

export const askEvent = Record({
  $id: Now.ID['event-ask'],
  table: 'sysevent_register',
  data: {
    suffix: 'ask',
    event_name: 'x_chb_changebridge.ask',
    description: 'The bridge should be asked now whether it is there and knows the secret.',
    table: 'x_chb_changebridge_health',
    fired_by: 'Check now; Send test message',
    priority: 100,
  },
});

export const askAction = ScriptAction({
  $id: Now.ID['action-ask'],
  name: 'Changebridge: ask the bridge',
  description: 'Sends the bridge a signed test message and writes its answer to the Health list.',
  eventName: 'x_chb_changebridge.ask',
  active: true,
  order: 100,
  script: askOnEvent,
});

export const deliverAction = ScriptAction({
  $id: Now.ID['action-deliver'],
  name: 'Changebridge: deliver',
  description: 'Sends the waiting deliveries of one change to the bridge, oldest first.',
  eventName: 'x_chb_changebridge.deliver',
  active: true,
  order: 100,
  script: deliverOnEvent,
});

export const retryJob = ScheduledScript({
  $id: Now.ID['job-retry'],
  name: 'Changebridge: retry deliveries',
  active: true,
  frequency: 'periodically',
  executionInterval: { minutes: 1 },
  executionStart: '2024-01-01 00:00:00',
  timeZone: 'UTC',
  upgradeSafe: false,
  script: everyMinute,
});
