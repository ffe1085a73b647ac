import { Role } from '@servicenow/sdk/core';

export const userRole = Role({
  name: 'x_chb_changebridge.user',
  description:
    'May read the deliveries and the health of Changebridge, and send a change to the portal again.',
});

export const adminRole = Role({
  name: 'x_chb_changebridge.admin',
  description: 'May change the settings of Changebridge, retry failed deliveries and delete deliveries.',
  containsRoles: [userRole],
});

export const integrationRole = Role({
  name: 'x_chb_changebridge.integration',
  description:
    'For the account with which the bridge calls the Table API: reads and writes changes, writes the tags column, reads the health checks.',
  containsRoles: ['sn_change_write'],
});

export const integrationApproverRole = Role({
  name: 'x_chb_changebridge.integration_approver',
  description:
    'For the account of the bridge in the approval mode "approver": may also decide approvals on behalf of their approvers.',
  containsRoles: [integrationRole, 'approval_admin'],
});
