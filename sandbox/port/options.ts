import type { RateLimits } from './api/limits.ts';
import type { User } from './state/model.ts';
import type { AgentOptions } from './state/organisation.ts';
import type { Clock } from './state/store.ts';

/** How to start a stand-in. */
export interface PortOptions {
  clientId: string;
  clientSecret: string;
  /** 0, the default, takes any free port. */
  port?: number;
  host?: string;
  /** Milliseconds since the epoch; the system's clock by default. */
  clock?: Clock;
  /** How others reach this server, without `/v1`; its own address by default. */
  publicUrl?: string;
  users?: User[];
  /** What the client's tokens may do, such as `create:blueprints`; everything by default. */
  rights?: readonly string[];
  /** Values of `.secrets` in action templates. */
  secrets?: Record<string, string>;
  rateLimits?: RateLimits;
  invocationTimeoutMs?: number;
  /** Delays every answer of the API, in milliseconds. */
  latencyMs?: number;
  /** How many of the latest requests `requests` holds; 10,000 by default, 0 for none. */
  recordedRequests?: number;
  /** Runs Port's execution agent as well; without it, what is meant for an agent waits. */
  agent?: AgentOptions;
}

/** A developer and a platform engineer. */
export const DEFAULT_USERS: User[] = [
  {
    id: 'auth0|64f1c0a2b7d93e0012ab4c01',
    email: 'dana@example.com',
    firstName: 'Dana',
    lastName: 'Okafor',
    role: 'Developer',
  },
  {
    id: 'auth0|64f1c0a2b7d93e0012ab4c02',
    email: 'petra@example.com',
    firstName: 'Petra',
    lastName: 'Lindqvist',
    role: 'Platform engineer',
    portRole: 'Admin',
  },
];
