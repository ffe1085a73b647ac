import { performance } from 'node:perf_hooks';
import type { Row } from './row.ts';
import { type AppFiles, readAppFiles } from '../engine/app-files.ts';
import { type InstalledApp, installApp } from '../engine/app-install.ts';
import { Engine } from '../engine/engine.ts';
import { createFaults } from '../faults.ts';
import { Instance } from './instance.ts';
import { Flows } from './flows.ts';
import { seedChanges, seedChangeManagement } from './seed.ts';
import type { ServiceNowOptions } from '../options.ts';
import { RequestLog } from '../../lib/request-log.ts';
import { OAuth } from '../api/oauth.ts';
import { Sessions } from '../api/session.ts';
import { DEFAULT_USERS, type UserSeed } from './users.ts';

const DEFAULT_CLIENT = {
  clientId: 'changebridge',
  clientSecret: 'changebridge-secret',
  userName: 'changebridge.integration',
};
const DEFAULT_WORKERS = 2;
const DEFAULT_TICK_MS = 1000;

/** One life of the stand-in, from start or reset to the next reset: data, clock, faults, logs. */
export class World {
  readonly instance: Instance;
  readonly faults = createFaults();
  readonly requests = new RequestLog();
  readonly sessions = new Sessions();
  readonly oauth: OAuth;
  readonly options: ServiceNowOptions;
  readonly #base: () => number;
  /** The installed app and what runs its scripts; absent without `appDir`. */
  readonly app: InstalledApp | undefined;
  readonly engine: Engine | undefined;
  readonly #flows: Flows;
  #cabGroup: string | undefined;
  #offset = 0;
  #ticking: NodeJS.Timeout | undefined;

  private constructor(options: ServiceNowOptions, files: AppFiles | undefined) {
    this.options = options;
    this.#base = options.clock ?? (() => performance.timeOrigin + performance.now());
    this.#flows = new Flows(options.flowDelayMs ?? 0);
    this.instance = new Instance(() => this.now(), {
      asks: options.approvalFlow !== false,
      needs: options.approvalsNeeded ?? 'all',
      cab: () => this.#cabGroup,
      later: (work) => this.#flows.later(work),
    });
    this.oauth = new OAuth(options.oauthClients ?? [DEFAULT_CLIENT], this.instance.users, () => this.now());
    if (files !== undefined) {
      this.app = installApp(this.instance, files);
      this.engine = this.#startEngine(this.app);
    }
    for (const user of usersOf(options)) this.instance.users.add(user);
    seedChanges(this.instance.records, options.changes ?? 0, this.now());
    this.#cabGroup = seedChangeManagement(this.instance.records, options);
    for (const [name, value] of Object.entries(options.properties ?? {})) {
      this.instance.properties.set(name, value);
    }
  }

  /** Builds a world from the options: installs the app when there is one. Rejects when it cannot be loaded. */
  static async create(options: ServiceNowOptions): Promise<World> {
    const files = options.appDir === undefined ? undefined : await readAppFiles(options.appDir);
    return new World(options, files);
  }

  /** Stops what runs: timers, workers, open requests of scripts. */
  async dispose(): Promise<void> {
    clearInterval(this.#ticking);
    this.#flows.stop();
    await this.engine?.dispose();
  }

  /**
   * Moves the clock on and runs the scheduled scripts as they fall due, each with the work that it causes;
   * with `skip`, a script that fell due many times runs once, at the end. Resolves when the work is done.
   */
  async advance(ms: number, skip: boolean): Promise<void> {
    const target = this.#offset + ms;
    for (;;) {
      const due = skip ? undefined : this.engine?.jobs.earliest(this.now());
      const step = due === undefined ? Number.POSITIVE_INFINITY : Math.max(0, due - this.now());
      if (this.#offset + step > target) break;
      this.#offset += step;
      await this.#runDue();
    }
    this.#offset = target;
    await this.#runDue();
  }

  async #runDue(): Promise<void> {
    this.engine?.runDueJobs();
    await this.engine?.idle();
  }

  #startEngine(app: InstalledApp): Engine {
    const { asyncDelay, workers, seed, tickMs } = this.options;
    const engine = new Engine(this.instance, {
      app,
      faults: this.faults,
      asyncDelay: asyncDelay ?? { minMs: 0, maxMs: 0 },
      workers: workers ?? DEFAULT_WORKERS,
      random: randomFrom(seed),
    });
    this.instance.records.addRule(engine);
    engine.jobs.earliest(this.now());
    if (tickMs !== 0) {
      this.#ticking = setInterval(() => engine.runDueJobs(), tickMs ?? DEFAULT_TICK_MS);
      this.#ticking.unref();
    }
    return engine;
  }

  /** The instance's time in epoch milliseconds. */
  now(): number {
    return Math.floor(this.#base() + this.#offset);
  }

  /** The outbox table that the installed app brought. */
  outboxTable(): string | undefined {
    return this.instance.store.dictionary.tables().find((table) => table.name.endsWith('_outbox'))?.name;
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

/** A repeatable sequence of numbers between 0 and 1 (mulberry32), or an ordinary one without a seed. */
function randomFrom(seed: number | undefined): () => number {
  if (seed === undefined) return Math.random;
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
