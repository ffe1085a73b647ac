import type { EncodedQuery } from '../state/encoded-query.ts';
import { DuplicateKey } from '../state/records.ts';
import { AbortedByRule, type Row, valueOf } from '../state/row.ts';
import type { Instance } from '../state/instance.ts';
import type { User } from '../state/users.ts';
import type { Calls, ScriptQuery, SyncHandlers, Written } from './calls.ts';

/** In whose name, and for which app, a script runs. */
export type ScriptIdentity = { readonly user: User; readonly scope: string; readonly source: string };

/** A message that a script shows to the user of a form. */
export type FormMessage = { readonly kind: 'info' | 'error'; readonly text: string };

/** What a script may cause outside the data. */
export type HostEvents = {
  queueEvent: (event: Calls['event']['args'], user: User) => void;
  message: (message: FormMessage) => void;
};

/** The instance's answers to the calls of a script. Scripts are not bound by access rules. */
export function callHandlers(instance: Instance, who: ScriptIdentity, events: HostEvents): SyncHandlers {
  const { records, store } = instance;
  return {
    now: () => instance.clock(),
    columns: ({ table }) => {
      return store.dictionary.table(table) === undefined ? undefined : store.dictionary.columns(table);
    },
    query: (query) => runQuery(instance, who, query),
    insert: ({ table, values, withoutRules }) => {
      if (store.dictionary.table(table) === undefined) return refusal(`Invalid table ${table}`);
      return written(() => records.insert(table, values, who.user, { withoutRules }));
    },
    update: ({ table, sysId, values, withoutRules }) => {
      return written(() => records.update(table, sysId, values, who.user, { withoutRules }));
    },
    remove: ({ table, sysId, withoutRules }) => {
      return records.remove(table, sysId, who.user, { withoutRules });
    },
    display: ({ table, field, value }) => {
      const column = store.dictionary.column(table, field);
      return column === undefined ? '' : instance.renderer.display(column, value, who.user.timeZone);
    },
    property: ({ name }) => instance.properties.get(name),
    setProperty: ({ name, value }) => {
      instance.properties.set(name, value);
      return undefined;
    },
    event: (event) => {
      events.queueEvent(event, who.user);
      return undefined;
    },
    log: ({ level, message }) => {
      instance.log(level, who.source, message);
      return undefined;
    },
    message: (message) => {
      events.message(message);
      return undefined;
    },
    hasRole: ({ role }) => who.user.roles.has(role) || who.user.roles.has('admin'),
    userName: () => who.user.userName,
    userId: () => who.user.userId,
    userDisplayName: () => valueOf(store.get('sys_user', who.user.userId) ?? {}, 'name'),
    scope: () => who.scope,
    http: () => {
      throw new Error(
        'Outbound HTTP is refused in synchronous rules and UI actions of a scope: queue an event.',
      );
    },
  };
}

function runQuery(instance: Instance, who: ScriptIdentity, query: ScriptQuery): Row[] {
  const { store } = instance;
  if (store.dictionary.table(query.table) === undefined) {
    instance.log('error', who.source, `Invalid table ${query.table}`);
    return [];
  }
  const parsed = combine(instance, who, query);
  const found = store.query(query.table, parsed);
  const end = query.limit === undefined ? undefined : query.offset + query.limit;
  return found.slice(query.offset, end);
}

/** Clauses join the query's first group; each `^NQ` of an encoded part opens a group of its own. */
function combine(instance: Instance, who: ScriptIdentity, query: ScriptQuery): EncodedQuery {
  const { store } = instance;
  const groups: EncodedQuery['groups'][number][number][][] = [[]];
  const order = query.order.filter(({ field }) => store.isKnown(query.table, field));
  for (const part of query.parts) {
    if ('encoded' in part) {
      const parsed = store.parse(query.table, part.encoded);
      const [first = [], ...rest] = parsed.groups;
      groups.at(-1)?.push(...first);
      groups.push(...rest.map((group) => [...group]));
      order.push(...parsed.order);
      continue;
    }
    const unknown = part.clause.find(({ field }) => !store.isKnown(query.table, field));
    if (unknown === undefined) groups.at(-1)?.push(part.clause);
    else instance.log('warn', who.source, `Unknown field ${unknown.field} in a query of ${query.table}`);
  }
  return { groups, order, ignored: [] };
}

function written(write: () => Row | undefined): Written {
  try {
    return { row: write(), refused: undefined };
  } catch (error) {
    if (error instanceof AbortedByRule || error instanceof DuplicateKey) return refusal(error.message);
    throw error;
  }
}

function refusal(message: string): Written {
  return { row: undefined, refused: message };
}
