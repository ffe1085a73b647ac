import { UiAction } from '@servicenow/sdk/core';
import { checkNow, resendToPortal, retryNow, retrySelected, sendTestMessage } from '../server/ui-actions.ts';
import { adminRole, userRole } from './roles.now';

export const resendButton = UiAction({
  $id: Now.ID['button-resend'],
  table: 'change_request',
  name: 'Resend to portal',
  actionName: 'x_chb_changebridge_resend',
  hint: 'Sends this change to the developer portal again. The change itself is not touched.',
  active: true,
  order: 900,
  showInsert: false,
  showUpdate: true,
  roles: [userRole],
  condition: "gs.getProperty('x_chb_changebridge.enabled') == 'true'",
  form: { showLink: true, showContextMenu: true },
  script: resendToPortal,
});

export const retryButton = UiAction({
  $id: Now.ID['button-retry'],
  table: 'x_chb_changebridge_outbox',
  name: 'Retry now',
  actionName: 'x_chb_changebridge_retry',
  hint: 'Starts the retries of this delivery again, now.',
  active: true,
  order: 100,
  showInsert: false,
  showUpdate: true,
  roles: [adminRole],
  condition: "current.state == 'pending' || current.state == 'dead'",
  form: { showButton: true, style: 'primary' },
  script: retryNow,
});

export const retryChoice = UiAction({
  $id: Now.ID['button-retry-selected'],
  table: 'x_chb_changebridge_outbox',
  name: 'Retry now',
  actionName: 'x_chb_changebridge_retry_list',
  hint: 'Starts the retries of the selected deliveries again, now.',
  active: true,
  order: 110,
  showInsert: false,
  showUpdate: true,
  roles: [adminRole],
  condition: "current.state == 'pending' || current.state == 'dead'",
  list: { showListChoice: true },
  script: retrySelected,
});

export const testButton = UiAction({
  $id: Now.ID['button-test'],
  table: 'x_chb_changebridge_health',
  name: 'Send test message',
  actionName: 'x_chb_changebridge_test',
  hint: 'Asks the bridge whether it is there and knows the secret.',
  active: true,
  order: 110,
  showInsert: false,
  showUpdate: true,
  roles: [userRole],
  form: { showButton: true, style: 'primary' },
  workspace: { isConfigurableWorkspace: true, showFormButtonV2: true },
  script: sendTestMessage,
});

export const checkButton = UiAction({
  $id: Now.ID['button-check'],
  table: 'x_chb_changebridge_health',
  name: 'Check now',
  actionName: 'x_chb_changebridge_check',
  hint: 'Runs every check again.',
  active: true,
  order: 100,
  showInsert: true,
  showUpdate: true,
  roles: [userRole],
  list: { showBannerButton: true },
  script: checkNow,
});
