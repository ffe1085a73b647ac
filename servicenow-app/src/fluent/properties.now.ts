import { Property, Record } from '@servicenow/sdk/core';
import { adminRole, userRole } from './roles.now';

export const enabled = Property({
  $id: Now.ID['property-enabled'],
  name: 'x_chb_changebridge.enabled',
  type: 'boolean',
  value: false,
  description:
    'On: every relevant change is recorded and sent. Off: nothing is recorded and nothing is sent.',
  roles: { read: [userRole], write: [adminRole] },
});

export const bridgeUrl = Property({
  $id: Now.ID['property-bridge-url'],
  name: 'x_chb_changebridge.bridge_url',
  type: 'string',
  value: '',
  description: 'Address of the bridge, such as https://changebridge.example.com. It must be https.',
  roles: { read: [userRole], write: [adminRole] },
});

export const primarySecret = Property({
  $id: Now.ID['property-secret-primary'],
  name: 'x_chb_changebridge.secret_primary',
  type: 'password2',
  value: '',
  description:
    'Signing secret, the same as one of SERVICENOW_WEBHOOK_SECRETS of the bridge. It begins with whsec_.',
  isPrivate: true,
  roles: { read: [adminRole], write: [adminRole] },
});

export const secondarySecret = Property({
  $id: Now.ID['property-secret-secondary'],
  name: 'x_chb_changebridge.secret_secondary',
  type: 'password2',
  value: '',
  description: 'Second signing secret, used only while the secret is being replaced. Otherwise empty.',
  isPrivate: true,
  roles: { read: [adminRole], write: [adminRole] },
});

export const changeFilter = Property({
  $id: Now.ID['property-change-filter'],
  name: 'x_chb_changebridge.change_filter',
  type: 'string',
  value: '',
  description: 'Encoded query on change_request. Only changes that match are sent. Empty: all changes.',
  roles: { read: [userRole], write: [adminRole] },
});

export const tagsField = Property({
  $id: Now.ID['property-tags-field'],
  name: 'x_chb_changebridge.tags_field',
  type: 'string',
  value: 'u_external_tags',
  description:
    'Column of change_request that holds the tags, the same as SERVICENOW_TAGS_FIELD of the bridge.',
  roles: { read: [userRole], write: [adminRole] },
});

export const midServer = Property({
  $id: Now.ID['property-mid-server'],
  name: 'x_chb_changebridge.mid_server',
  type: 'string',
  value: '',
  description: 'Name of a MID Server to send through. Empty: the instance calls the bridge itself.',
  roles: { read: [userRole], write: [adminRole] },
});

export const timeoutSeconds = Property({
  $id: Now.ID['property-timeout-seconds'],
  name: 'x_chb_changebridge.timeout_seconds',
  type: 'integer',
  value: 10,
  description: 'Seconds to wait for the answer of the bridge, 1 to 30.',
  roles: { read: [userRole], write: [adminRole] },
});

export const giveUpAfterHours = Property({
  $id: Now.ID['property-give-up-after-hours'],
  name: 'x_chb_changebridge.give_up_after_hours',
  type: 'integer',
  value: 72,
  description: 'Hours for which a delivery is tried again before it counts as failed, 1 to 720.',
  roles: { read: [userRole], write: [adminRole] },
});

export const keepDeliveredDays = Property({
  $id: Now.ID['property-keep-delivered-days'],
  name: 'x_chb_changebridge.keep_delivered_days',
  type: 'integer',
  value: 14,
  description: 'Days after which delivered messages are removed, 1 to 365. Failed ones are kept.',
  roles: { read: [userRole], write: [adminRole] },
});

export const settingsPage = Record({
  $id: Now.ID['settings-page'],
  table: 'sys_properties_category',
  data: {
    name: 'Changebridge',
    title: 'Changebridge',
  },
});
