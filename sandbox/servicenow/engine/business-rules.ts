import { matchesQuery } from '../state/encoded-query.ts';
import { type Change, type Row, valueOf } from '../state/row.ts';
import type { Store } from '../state/store.ts';

/** One active business rule (`sys_script`) that a write calls for. */
export type BusinessRule = {
  readonly id: string;
  readonly name: string;
  readonly when: string;
  readonly condition: string;
  readonly script: string;
  readonly order: number;
};

/** From this order on, rules run for active records only. */
const ACTIVE_ONLY_FROM = 1000;

/** The rules that this write calls for at this moment (`before`, `after`, `async_always`), in their order. */
export function rulesFor(store: Store, change: Change, when: string): BusinessRule[] {
  if (store.dictionary.table('sys_script') === undefined) return [];
  const tables = new Set(store.dictionary.lineage(change.table).map((table) => table.name));
  return store
    .all('sys_script')
    .filter((row) => valueOf(row, 'active') === 'true' && valueOf(row, 'when') === when)
    .filter((row) => valueOf(row, `action_${change.operation}`) === 'true')
    .filter((row) => tables.has(valueOf(row, 'collection')))
    .filter((row) => applies(store, row, change))
    .map(ruleOf)
    .toSorted((a, b) => a.order - b.order);
}

function applies(store: Store, rule: Row, change: Change): boolean {
  const { after, before, table } = change;
  if (Number(valueOf(rule, 'order')) >= ACTIVE_ONLY_FROM && after['active'] === 'false') return false;
  const filter = valueOf(rule, 'filter_condition');
  if (filter === '') return true;
  return matchesQuery(store.parse(table, filter), store.reader(table, after, before ?? {}));
}

function ruleOf(row: Row): BusinessRule {
  return {
    id: valueOf(row, 'sys_id'),
    name: valueOf(row, 'name'),
    when: valueOf(row, 'when'),
    condition: valueOf(row, 'condition'),
    script: valueOf(row, 'script'),
    order: Number(valueOf(row, 'order')),
  };
}
