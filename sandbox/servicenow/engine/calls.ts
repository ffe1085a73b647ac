import type { Column } from '../state/dictionary.ts';
import type { Condition } from '../state/encoded-query.ts';
import type { Row } from '../state/row.ts';
import type { LogLevel } from '../state/instance.ts';

/** Part of a script's query: clauses (any of their conditions), or an encoded query. */
export type QueryPart = { readonly clause: readonly Condition[] } | { readonly encoded: string };

/** A query as a script put it together. */
export type ScriptQuery = {
  readonly table: string;
  readonly parts: readonly QueryPart[];
  readonly order: readonly { field: string; descending: boolean }[];
  readonly limit: number | undefined;
  readonly offset: number;
};

/** An outbound HTTP request of a script. */
export type OutboundRequest = {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly timeoutMs: number;
};

/** What came back; status 0 means that no answer came, and `errorCode` 1 that the socket timed out. */
export type OutboundAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly errorCode: number;
  readonly errorMessage: string;
};

/** What a write did: the row, or why the instance refused it. */
export type Written = { readonly row: Row | undefined; readonly refused: string | undefined };

/** Everything that a script can ask of the instance, by name. */
export type Calls = {
  now: { args: undefined; result: number };
  columns: { args: { table: string }; result: readonly Column[] | undefined };
  query: { args: ScriptQuery; result: Row[] };
  insert: { args: { table: string; values: Row; withoutRules: boolean }; result: Written };
  update: { args: { table: string; sysId: string; values: Row; withoutRules: boolean }; result: Written };
  remove: { args: { table: string; sysId: string; withoutRules: boolean }; result: boolean };
  display: { args: { table: string; field: string; value: string }; result: string };
  property: { args: { name: string }; result: string | undefined };
  setProperty: { args: { name: string; value: string }; result: undefined };
  event: {
    args: { name: string; table: string; sysId: string; parm1: string; parm2: string };
    result: undefined;
  };
  log: { args: { level: LogLevel; message: string }; result: undefined };
  message: { args: { kind: 'info' | 'error'; text: string }; result: undefined };
  hasRole: { args: { role: string }; result: boolean };
  userName: { args: undefined; result: string };
  userId: { args: undefined; result: string };
  userDisplayName: { args: undefined; result: string };
  scope: { args: undefined; result: string };
  http: { args: OutboundRequest; result: OutboundAnswer };
};

/** Asks the instance and waits for the answer. Throws what the instance could not do. */
export type Call = <K extends keyof Calls>(name: K, args: Calls[K]['args']) => Calls[K]['result'];

/** The instance's side for scripts that run within a write: every answer is there at once. */
export type SyncHandlers = { [K in keyof Calls]: (args: Calls[K]['args']) => Calls[K]['result'] };

/** The instance's side for scripts in workers: an answer may take its time. */
export type Handlers = {
  [K in keyof Calls]: (args: Calls[K]['args']) => Calls[K]['result'] | Promise<Calls[K]['result']>;
};

/** Runs one call against handlers that answer at once. */
export function dispatchSync<K extends keyof Calls>(
  handlers: SyncHandlers,
  name: K,
  args: Calls[K]['args'],
): Calls[K]['result'] {
  return handlers[name](args);
}

/** Runs one call against handlers that may take their time. */
export function dispatch<K extends keyof Calls>(
  handlers: Handlers,
  name: K,
  args: Calls[K]['args'],
): Calls[K]['result'] | Promise<Calls[K]['result']> {
  return handlers[name](args);
}
