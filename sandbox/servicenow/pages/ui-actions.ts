import { type Row, valueOf } from '../state/row.ts';
import type { User } from '../state/users.ts';
import type { World } from '../state/world.ts';

/** The UI actions of the installed app that this user has on this record's form, as buttons or as related links. */
export function formActions(
  world: World,
  table: string,
  row: Row,
  user: User,
  place: 'form_button' | 'form_link',
): Row[] {
  return actionsOf(world, table, user).filter(
    (action) => valueOf(action, place) === 'true' && applies(world, action, table, row, user),
  );
}

/** The UI actions that this user has for selected rows of this table's list. */
export function listActions(world: World, table: string, user: User): Row[] {
  return actionsOf(world, table, user).filter(
    (action) => valueOf(action, 'list_choice') === 'true' || valueOf(action, 'list_button') === 'true',
  );
}

/** The UI actions over this table's list that need no selected rows. */
export function bannerActions(world: World, table: string, user: User): Row[] {
  return actionsOf(world, table, user).filter((action) => valueOf(action, 'list_banner_button') === 'true');
}

/** Runs an action on one record as this user and returns what to tell the user. */
export function runAction(
  world: World,
  actionId: string,
  table: string,
  row: Row,
  user: User,
): readonly { kind: 'info' | 'error'; text: string }[] {
  const action = actionsOf(world, table, user).find((one) => valueOf(one, 'sys_id') === actionId);
  if (action === undefined || world.engine === undefined) {
    return [{ kind: 'error', text: 'This button is not available to you.' }];
  }
  if (!applies(world, action, table, row, user)) {
    return [
      { kind: 'error', text: `${valueOf(action, 'name')} does not apply to this record as it stands.` },
    ];
  }
  return world.engine.runAction(action, table, row, user);
}

function applies(world: World, action: Row, table: string, row: Row, user: User): boolean {
  return world.engine?.actionApplies(action, table, row, user) === true;
}

function actionsOf(world: World, table: string, user: User): Row[] {
  const { store } = world.instance;
  if (store.dictionary.table('sys_ui_action') === undefined) return [];
  return store
    .lookup('sys_ui_action', 'table', table)
    .filter((action) => valueOf(action, 'active') === 'true')
    .filter((action) => {
      const roles = rolesOf(world, valueOf(action, 'sys_id'));
      return roles.length === 0 || user.roles.has('admin') || roles.some((role) => user.roles.has(role));
    })
    .toSorted((a, b) => Number(valueOf(a, 'order')) - Number(valueOf(b, 'order')));
}

function rolesOf(world: World, actionId: string): string[] {
  const { store } = world.instance;
  if (store.dictionary.table('sys_ui_action_role') === undefined) return [];
  return store
    .lookup('sys_ui_action_role', 'sys_ui_action', actionId)
    .map((link) => valueOf(store.get('sys_user_role', valueOf(link, 'sys_user_role')) ?? {}, 'name'));
}
