import { forbidden } from '../api/errors.ts';
import type { Action, Entity, People, Permissions, PermissionsInput } from './model.ts';
import { userById, type Organisation } from './organisation.ts';
import { actionOf } from './store.ts';

/** What a new action has: everybody may run it. */
const DEFAULTS: Permissions = {
  execute: { users: [], roles: ['Member', 'Admin'], teams: [], ownedByTeam: false },
  approve: { users: [], roles: ['Admin'], teams: [] },
};

/** @throws PortError 404 */
export function permissionsOf(org: Organisation, action: string): Permissions {
  return org.store.permissions.get(actionOf(org.store, action).identifier) ?? DEFAULTS;
}

/** Changes the lists that are given, and leaves the others. @throws PortError 404 */
export function changePermissions(org: Organisation, action: string, input: PermissionsInput): Permissions {
  const { execute, approve } = permissionsOf(org, action);
  const permissions = {
    execute: {
      ...people(execute, input.execute),
      ownedByTeam: input.execute?.ownedByTeam ?? execute.ownedByTeam,
    },
    approve: people(approve, input.approve),
  };
  org.store.permissions.set(action, permissions);
  return permissions;
}

function people(before: People, change: PermissionsInput['approve']): People {
  return {
    users: change?.users ?? before.users,
    roles: change?.roles ?? before.roles,
    teams: change?.teams ?? before.teams,
  };
}

/** Whether the action may be run: by a machine's token always, by a person as the permissions say. */
export function mayExecute(
  org: Organisation,
  action: Action,
  actor: string,
  entity: Entity | undefined,
): boolean {
  const { execute } = permissionsOf(org, action.identifier);
  const owners = execute.ownedByTeam ? (entity?.team ?? []) : [];
  return mayAs(org, actor, { ...execute, teams: [...execute.teams, ...owners] });
}

/** @throws PortError 403 */
export function checkMayApprove(org: Organisation, action: string, actor: string): void {
  if (mayAs(org, actor, permissionsOf(org, action).approve)) return;
  throw forbidden(`You are not allowed to approve runs of the action "${action}"`);
}

function mayAs(org: Organisation, actor: string, allowed: People): boolean {
  const user = userById(org, actor);
  if (user === undefined) return true;
  return (
    allowed.users.includes(user.email) ||
    allowed.roles.includes(user.portRole ?? 'Member') ||
    (user.teams ?? []).some((team) => allowed.teams.includes(team))
  );
}
