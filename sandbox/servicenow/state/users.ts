import type { Records } from './records.ts';
import { type Actor, type Row, valueOf } from './row.ts';
import { SYSTEM } from './row.ts';

/** A user of the instance, as an administrator would create it. */
export type UserSeed = {
  readonly userName: string;
  readonly password: string;
  readonly name?: string;
  readonly roles?: readonly string[];
  /** IANA name; the format of display values follows it. */
  readonly timeZone?: string;
};

/** A registered OAuth client that may act as one user (`client_credentials`). */
export type OAuthClientSeed = {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly userName: string;
};

/** A user that is signed in, with the roles that count now. */
export type User = Actor & { readonly roles: ReadonlySet<string>; readonly timeZone: string };

const PACIFIC = 'America/Los_Angeles';

/** The people of a small instance: an administrator, the bridge's own user, two approvers, who looks after the app, and a build service. */
export const DEFAULT_USERS: readonly UserSeed[] = [
  { userName: 'admin', password: 'admin', name: 'System Administrator', roles: ['admin'], timeZone: PACIFIC },
  {
    userName: 'changebridge.integration',
    password: 'integration',
    name: 'Changebridge Integration',
    roles: ['sn_change_write', 'approval_admin', 'x_chb_changebridge.integration'],
    timeZone: PACIFIC,
  },
  { userName: 'ann', password: 'ann', name: 'Ann Archer', roles: ['itil', 'approver_user'] },
  { userName: 'bob', password: 'bob', name: 'Bob Baker', roles: ['itil', 'approver_user'] },
  {
    userName: 'olga',
    password: 'olga',
    name: 'Olga Operator',
    roles: ['itil', 'x_chb_changebridge.admin', 'x_chb_changebridge.user'],
  },
  { userName: 'ci', password: 'ci', name: 'Build Service', roles: ['itil'] },
];

/** The users of the instance and their passwords; the rest of a user is an ordinary record. */
export class Users {
  readonly #records: Records;
  readonly #passwords = new Map<string, string>();

  constructor(records: Records) {
    this.#records = records;
  }

  /** Creates the user and its roles. A role that does not exist yet is created with it. */
  add(seed: UserSeed): void {
    const user = this.#records.insert(
      'sys_user',
      {
        user_name: seed.userName,
        name: seed.name ?? seed.userName,
        email: `${seed.userName}@example.com`,
        time_zone: seed.timeZone ?? PACIFIC,
      },
      SYSTEM,
    );
    this.#passwords.set(seed.userName, seed.password);
    for (const role of seed.roles ?? []) this.grant(valueOf(user, 'sys_id'), role);
  }

  grant(userId: string, roleName: string): void {
    const role =
      this.#records.store.findBy('sys_user_role', 'name', roleName) ??
      this.#records.insert('sys_user_role', { name: roleName }, SYSTEM);
    this.#records.insert('sys_user_has_role', { user: userId, role: valueOf(role, 'sys_id') }, SYSTEM);
  }

  setPassword(userName: string, password: string): void {
    this.#passwords.set(userName, password);
  }

  /** The user when the password is right and the user active. */
  authenticate(userName: string, password: string): User | undefined {
    if (password === '' || this.#passwords.get(userName) !== password) return undefined;
    return this.byName(userName);
  }

  byName(userName: string): User | undefined {
    const row = this.#records.store.findBy('sys_user', 'user_name', userName);
    return row === undefined || valueOf(row, 'active') !== 'true' ? undefined : this.#user(row);
  }

  all(): Row[] {
    return this.#records.store.all('sys_user');
  }

  #user(row: Row): User {
    const { store } = this.#records;
    const userId = valueOf(row, 'sys_id');
    const direct = store
      .all('sys_user_has_role')
      .filter((link) => valueOf(link, 'user') === userId)
      .map((link) => valueOf(link, 'role'));
    const roles = new Set(this.#withContained(direct));
    return { userName: valueOf(row, 'user_name'), userId, roles, timeZone: valueOf(row, 'time_zone') };
  }

  /** Role names, with the roles that each role contains. */
  #withContained(roleIds: readonly string[]): string[] {
    const { store } = this.#records;
    const seen = new Set<string>();
    const pending = [...roleIds];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (seen.has(id)) continue;
      seen.add(id);
      for (const link of store.all('sys_user_role_contains')) {
        if (valueOf(link, 'role') === id) pending.push(valueOf(link, 'contains'));
      }
    }
    return [...seen].map((id) => valueOf(store.get('sys_user_role', id) ?? {}, 'name'));
  }
}
