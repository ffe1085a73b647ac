import { performance } from 'node:perf_hooks';
import type { Row } from './data/row.ts';
import { toPlatformTime } from './data/time.ts';
import { Faults } from './faults.ts';
import { Instance } from './instance.ts';
import type { ServiceNowOptions } from './options.ts';
import { RequestLog } from './request-log.ts';
import { OAuth } from './rest/oauth.ts';
import { Sessions } from './rest/session.ts';
import { DEFAULT_USERS, type UserSeed } from './security/users.ts';

const DEFAULT_CLIENT = {
  clientId: 'changebridge',
  clientSecret: 'changebridge-secret',
  userName: 'changebridge.integration',
};

/** One life of the stand-in, from start or reset to the next reset: data, clock, faults, logs. */
export class World {
  readonly instance: Instance;
  readonly faults = new Faults();
  readonly requests = new RequestLog();
  readonly sessions = new Sessions();
  readonly oauth: OAuth;
  readonly options: ServiceNowOptions;
  readonly #base: () => number;
  #offset = 0;

  private constructor(options: ServiceNowOptions) {
    this.options = options;
    this.#base = options.clock ?? (() => performance.timeOrigin + performance.now());
    this.instance = new Instance(() => this.now());
    this.oauth = new OAuth(options.oauthClients ?? [DEFAULT_CLIENT], this.instance.users, () => this.now());
    for (const user of usersOf(options)) this.instance.users.add(user);
    if (options.approvalFlow === true) this.instance.approvers = options.approvers ?? ['ann', 'bob'];
    for (const [name, value] of Object.entries(options.properties ?? {})) {
      this.instance.properties.set(name, value);
    }
  }

  /** Builds a world from the options: installs the app when there is one. Rejects when it cannot be loaded. */
  static async create(options: ServiceNowOptions): Promise<World> {
    return new World(options);
  }

  /** Stops what runs. */
  async dispose(): Promise<void> {}

  /** The instance's time in epoch milliseconds. */
  now(): number {
    return Math.floor(this.#base() + this.#offset);
  }

  /** Moves the instance's clock; runs nothing. */
  shiftClock(ms: number): void {
    this.#offset += ms;
  }

  /** The instance's time as the platform writes it. */
  platformTime(): string {
    return toPlatformTime(this.now());
  }

  rows(table: string): Row[] {
    return this.instance.store.all(table);
  }
}

function usersOf(options: ServiceNowOptions): readonly UserSeed[] {
  if (options.users !== undefined) return options.users;
  const password = options.integrationPassword;
  if (password === undefined) return DEFAULT_USERS;
  return DEFAULT_USERS.map((user) => {
    return user.userName === DEFAULT_CLIENT.userName ? { ...user, password } : user;
  });
}
