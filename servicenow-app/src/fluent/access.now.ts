import { Acl, CrossScopePrivilege } from '@servicenow/sdk/core';
import { adminRole, integrationRole, userRole } from './roles.now';

export const readDeliveries = Acl({
  $id: Now.ID['acl-delivery-read'],
  type: 'record',
  table: 'x_chb_changebridge_outbox',
  operation: 'read',
  roles: [userRole],
  adminOverrides: true,
  description: 'Deliveries hold texts of change requests: only the users of Changebridge read them.',
});

export const deleteDeliveries = Acl({
  $id: Now.ID['acl-delivery-delete'],
  type: 'record',
  table: 'x_chb_changebridge_outbox',
  operation: 'delete',
  roles: [adminRole],
  adminOverrides: true,
  description: 'Deliveries are written by the rules alone; an administrator may remove them.',
});

export const readHealth = Acl({
  $id: Now.ID['acl-health-read'],
  type: 'record',
  table: 'x_chb_changebridge_health',
  operation: 'read',
  roles: [userRole, integrationRole],
  adminOverrides: true,
  description: 'The users of Changebridge and the bridge itself read the health checks.',
});

export const readClaims = Acl({
  $id: Now.ID['acl-claim-read'],
  type: 'record',
  table: 'x_chb_changebridge_claim',
  operation: 'read',
  roles: [adminRole],
  adminOverrides: true,
  description: 'Which deliveries are held by a worker at this moment.',
});

export const deleteClaims = Acl({
  $id: Now.ID['acl-claim-delete'],
  type: 'record',
  table: 'x_chb_changebridge_claim',
  operation: 'delete',
  roles: [adminRole],
  adminOverrides: true,
  description: 'Claims end by themselves; an administrator may end one sooner.',
});

// Only the app's own column gets field rules. A rule on a field of the platform would shut out
// everybody whom the table's general rules let in today.
export const writeTags = Acl({
  $id: Now.ID['acl-tags-write'],
  type: 'record',
  table: 'change_request',
  field: 'u_external_tags',
  operation: 'write',
  roles: [integrationRole, adminRole],
  adminOverrides: true,
  description: 'The tags tie a change to a deployment: only the bridge and its administrators write them.',
});

export const createTags = Acl({
  $id: Now.ID['acl-tags-create'],
  type: 'record',
  table: 'change_request',
  field: 'u_external_tags',
  operation: 'create',
  roles: [integrationRole, adminRole],
  adminOverrides: true,
  description: 'The tags tie a change to a deployment: only the bridge and its administrators write them.',
});

export const readChanges = CrossScopePrivilege({
  $id: Now.ID['privilege-change-read'],
  operation: 'read',
  status: 'allowed',
  targetName: 'change_request',
  targetScope: 'global',
  targetType: 'sys_db_object',
});
