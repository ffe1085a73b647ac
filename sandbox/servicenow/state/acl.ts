import { type Row, valueOf } from './row.ts';
import type { Store } from './store.ts';
import type { User } from './users.ts';

/** What an access rule is about. */
export type AclOperation = 'read' | 'write' | 'create' | 'delete';

/** An access rule: who holds one of `roles` may do `operation` on `name` (`table`, `table.field`, `*`). */
export type Acl = {
  readonly name: string;
  readonly operation: AclOperation;
  /** Empty: everyone who is signed in. */
  readonly roles: readonly string[];
};

const CHANGE_WRITERS = ['itil', 'sn_change_write'];

function rules(name: string, roles: readonly string[], operations: readonly AclOperation[]): Acl[] {
  return operations.map((operation) => ({ name, operation, roles }));
}

/** The access rules of the stock tables, as far as an integration meets them. */
const STOCK: readonly Acl[] = [
  ...rules('*', ['admin'], ['read', 'write', 'create', 'delete']),
  ...rules('task', ['itil'], ['read']),
  ...rules('change_request', [...CHANGE_WRITERS, 'sn_change_read', 'approver_user'], ['read']),
  ...rules('change_request', CHANGE_WRITERS, ['write', 'create']),
  ...rules('change_request', ['admin'], ['delete']),
  ...rules('sysapproval_approver', [], ['read']),
  ...rules('sysapproval_approver', ['approver_user', 'approval_admin'], ['write']),
  ...rules('sysapproval_approver', ['approval_admin'], ['create']),
  ...rules('sys_user', [], ['read']),
  ...rules('sys_user_group', [], ['read']),
  ...rules('sys_user_grmember', [], ['read']),
  ...rules('cmdb_ci', [], ['read']),
  ...rules('sysapproval_group', [], ['read']),
  ...rules('std_change_record_producer', [...CHANGE_WRITERS, 'sn_change_read'], ['read']),
  ...rules('chg_model', [...CHANGE_WRITERS, 'sn_change_read'], ['read']),
  ...rules('change_task', [...CHANGE_WRITERS, 'sn_change_read'], ['read']),
  ...rules('change_task', CHANGE_WRITERS, ['write', 'create']),
  ...rules('sys_attachment', [...CHANGE_WRITERS, 'sn_change_read'], ['read']),
  ...rules('sys_journal_field', [...CHANGE_WRITERS, 'sn_change_read'], ['read']),
];

/** Decides who may do what with which table, record and field. `admin` may do everything. */
export class AccessControl {
  readonly #store: Store;
  readonly #rules: Acl[] = [...STOCK];
  // A user object is one request's view of the roles: what it may do is worked out once.
  #verdicts = new WeakMap<User, Map<string, boolean>>();

  constructor(store: Store) {
    this.#store = store;
  }

  add(rule: Acl): void {
    this.#rules.push(rule);
    this.#verdicts = new WeakMap();
  }

  /** Puts a rule in the place of those that are about the same. */
  replace(rule: Acl): void {
    const others = this.#rules.filter(
      ({ name, operation }) => name !== rule.name || operation !== rule.operation,
    );
    this.#rules.splice(0, this.#rules.length, ...others);
    this.add(rule);
  }

  /** May the user do this to records of the table at all? */
  allowsTable(user: User, operation: AclOperation, table: string): boolean {
    return this.#once(user, `${operation} ${table}`, () => {
      const names = [...this.#store.dictionary.lineage(table).map((ancestor) => ancestor.name), '*'];
      return this.#nearest(user, operation, names) ?? false;
    });
  }

  /** May the user do this to this record? An approval may be given by its approver alone, or by an admin of approvals. */
  allowsRecord(user: User, operation: AclOperation, table: string, row: Row): boolean {
    const own = table === 'sysapproval_approver' && valueOf(row, 'approver') === user.userId;
    if (table === 'sysapproval_approver' && operation === 'write') {
      return own || user.roles.has('approval_admin') || user.roles.has('admin');
    }
    return this.allowsTable(user, operation, table);
  }

  /** May the user do this to the field? The table's own rule must allow it as well. */
  allowsField(user: User, operation: 'read' | 'write' | 'create', table: string, field: string): boolean {
    return this.#once(user, `${operation} ${table}.${field}`, () => {
      const lineage = this.#store.dictionary.lineage(table).map((ancestor) => ancestor.name);
      const names = [...lineage.map((name) => `${name}.${field}`), ...lineage.map((name) => `${name}.*`)];
      return this.#nearest(user, operation, names) ?? true;
    });
  }

  #once(user: User, question: string, decide: () => boolean): boolean {
    const verdicts = this.#verdicts.get(user) ?? new Map<string, boolean>();
    this.#verdicts.set(user, verdicts);
    const known = verdicts.get(question);
    if (known !== undefined) return known;
    const verdict = decide();
    verdicts.set(question, verdict);
    return verdict;
  }

  /** The verdict of the rules for the first of these names that has any. */
  #nearest(user: User, operation: AclOperation, names: readonly string[]): boolean | undefined {
    if (user.roles.has('admin')) return true;
    for (const name of names) {
      const found = this.#rules.filter((rule) => rule.name === name && rule.operation === operation);
      if (found.length === 0) continue;
      return found.some((rule) => rule.roles.length === 0 || rule.roles.some((role) => user.roles.has(role)));
    }
    return undefined;
  }
}
