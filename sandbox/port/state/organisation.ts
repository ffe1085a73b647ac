import type { RequestLog } from '../../lib/request-log.ts';
import type { Background } from '../engine/background.ts';
import type { Faults } from '../faults.ts';
import type { Actor, Entity, Run, User } from './model.ts';
import type { Clock, Store } from './store.ts';
import type { Tokens } from '../api/tokens.ts';

/** Something that automations can listen to; `before` is null when it was created. */
export type PortEvent =
  | { resource: 'entity'; before: Entity | null; after: Entity | null; actor: Actor }
  | { resource: 'run'; before: Run | null; after: Run; actor: Actor };

/** What an execution agent does besides relaying webhooks marked `agent: true`. */
export interface AgentOptions {
  /** Where it hands over runs of GITLAB actions. Unset: it leaves them alone. */
  gitlabUrl?: string;
}

/** One organisation of the portal: its state and everything that its rules need. */
export interface Organisation {
  orgId: string;
  name: string;
  /** How an execution agent gets its work: what is not polled goes to a topic. */
  settings: { portAgentStreamerName?: 'KAFKA' | 'POLLING' | undefined };
  clientId: string;
  clientSecret: string;
  store: Store;
  users: User[];
  /** What the client's tokens may do; undefined: everything. */
  rights: ReadonlySet<string> | undefined;
  /** Values of `.secrets` in templates. */
  secrets: Record<string, string>;
  tokens: Tokens;
  faults: Faults;
  requests: RequestLog;
  background: Background;
  clock: Clock;
  /** Ends open calls when the server closes. */
  closing: AbortSignal;
  /** Milliseconds that an invoked backend has to answer. */
  invocationTimeoutMs: number;
  /** The execution agent, when the organisation runs one. */
  agent: AgentOptions | undefined;
  /** The API's own URL, with `/v1`; calls to it from actions are authenticated by the portal itself. */
  apiUrl(): string;
  announce(event: PortEvent): void;
}

export function userById(org: Organisation, id: string): User | undefined {
  return org.users.find((user) => user.id === id);
}

/** Finds a person by id or e-mail address. */
export function findUser(org: Organisation, who: string): User | undefined {
  return org.users.find((user) => user.id === who || user.email === who);
}
