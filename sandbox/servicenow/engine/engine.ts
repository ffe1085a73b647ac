import { AbortedByRule, type Change, type Row, type WriteRule, valueOf } from '../state/row.ts';
import type { Faults } from '../faults.ts';
import type { Instance } from '../state/instance.ts';
import type { AsyncDelay } from '../options.ts';
import type { User } from '../state/users.ts';
import type { InstalledApp } from './app-install.ts';
import { checkAppScripts, appCode } from './app-scripts.ts';
import { type BusinessRule, rulesFor } from './business-rules.ts';
import { EventQueue } from './event-queue.ts';
import type { FormMessage } from './host.ts';
import { Outbound } from './outbound.ts';
import type { ScriptJob } from './runtime.ts';
import { ScheduledJobs } from './scheduled-jobs.ts';
import { type Delay, Scheduler } from './scheduler.ts';
import { SYSTEM_USER, ScriptHost } from './script-host.ts';
import { WorkerThread } from './worker-thread.ts';

/** What the engine needs besides the instance. */
export type EngineOptions = {
  readonly app: InstalledApp;
  readonly faults: Faults;
  readonly asyncDelay: AsyncDelay;
  readonly workers: number;
  readonly random: () => number;
};

/** Runs the scripts of the installed app: rules, script actions, scheduled scripts, UI actions. */
export class Engine implements WriteRule {
  readonly outbound: Outbound;
  readonly jobs: ScheduledJobs;
  readonly #instance: Instance;
  readonly #options: EngineOptions;
  readonly #host: ScriptHost;
  readonly #events: EventQueue;
  readonly #scheduler: Scheduler;
  readonly #busyJobs = new Set<string>();

  /** Throws `ScriptRefused` when the app holds a script that the platform's engine would refuse. */
  constructor(instance: Instance, options: EngineOptions) {
    const code = appCode(instance);
    checkAppScripts(instance);
    this.#instance = instance;
    this.#options = options;
    this.outbound = new Outbound(options.faults);
    this.jobs = new ScheduledJobs(instance.store);
    this.#events = new EventQueue(instance);
    this.#host = new ScriptHost(instance, options.app.scope, code);
    this.#host.onEvent = (event, user) => {
      for (const work of this.#events.add(event, user)) this.#queue(work.name, user, work.job, work.done);
    };
    const workers = Array.from({ length: options.workers }, () => new WorkerThread(code));
    this.#scheduler = new Scheduler(workers, options.random);
  }

  /** How much asynchronous work is delayed, ready or running. */
  pending(): number {
    return this.#scheduler.pending;
  }

  /** Resolves once nothing is delayed, ready or running. */
  idle(): Promise<void> {
    return this.#scheduler.idle();
  }

  async dispose(): Promise<void> {
    await this.outbound.close();
    await this.#scheduler.close();
  }

  before(change: Change): void {
    for (const rule of rulesFor(this.#instance.store, change, 'before')) this.#runRule(rule, change, true);
  }

  after(change: Change): void {
    const { store } = this.#instance;
    for (const rule of rulesFor(store, change, 'after')) this.#runRule(rule, change, false);
    for (const when of ['async', 'async_always']) {
      for (const rule of rulesFor(store, change, when)) this.#queueRule(rule, change);
    }
  }

  /** Starts the scheduled scripts that are due. A script that still runs is not started a second time. */
  runDueJobs(): void {
    for (const job of this.jobs.takeDue(this.#instance.clock())) {
      const id = valueOf(job, 'sys_id');
      if (this.#busyJobs.has(id)) continue;
      this.#busyJobs.add(id);
      const name = `sysauto_script:${valueOf(job, 'name')}`;
      const script = { name, source: valueOf(job, 'script'), records: {} };
      this.#queue(
        name,
        SYSTEM_USER,
        () => script,
        () => this.#busyJobs.delete(id),
      );
    }
  }

  /** Runs a UI action's script on a record, as the user who clicked; returns what it told the user. */
  runAction(action: Row, table: string, row: Row, user: User): FormMessage[] {
    const messages: FormMessage[] = [];
    const values = { action: { setRedirectURL: () => {}, setReturnURL: () => {} } };
    const name = `sys_ui_action:${valueOf(action, 'name')}`;
    const job = { name, source: valueOf(action, 'script'), records: { current: { table, row } }, values };
    this.#host.runNow(job, user, messages);
    return messages;
  }

  /** Does a UI action's condition hold for the record and the user? An empty condition does. */
  actionApplies(action: Row, table: string, row: Row, user: User): boolean {
    const source = valueOf(action, 'condition');
    if (source === '') return true;
    const name = `sys_ui_action condition:${valueOf(action, 'name')}`;
    return Boolean(this.#host.runNow({ name, source, records: { current: { table, row } } }, user));
  }

  /** Runs a script as the platform itself, now and without outbound requests. Throws what it throws. */
  runScript(name: string, source: string, values: Readonly<Record<string, unknown>>): unknown {
    return this.#host.runNow({ name, source, records: {}, values }, SYSTEM_USER);
  }

  #queueRule(rule: BusinessRule, change: Change): void {
    const { table, operation } = change;
    const name = `sys_script:${rule.name}`;
    const snapshot = { ...change.after };
    this.#queue(name, this.#host.user(change.actor.userName), () => {
      // The worker reads the record anew: a later save may be in it already. Only a delete brings its own.
      const row =
        operation === 'delete' ? snapshot : this.#instance.store.get(table, valueOf(snapshot, 'sys_id'));
      if (row === undefined) return undefined;
      const current = { table, row, operation };
      return { name, source: rule.script, records: { current }, values: { previous: undefined } };
    });
  }

  #runRule(rule: BusinessRule, change: Change, live: boolean): void {
    const { table, operation, after, before } = change;
    const current = { table, row: after, operation, live, ...(before === undefined ? {} : { before }) };
    const previous = before === undefined ? null : { table, row: before };
    const name = `sys_script:${rule.name}`;
    const user = this.#host.user(change.actor.userName);
    const guard = rule.condition === '' ? '' : `if (${rule.condition}) `;
    const source = `(function executeRule() { ${guard}{ ${rule.script}\n } })(); current.isActionAborted();`;
    let aborted: unknown;
    try {
      aborted = this.#host.runNow({ name, source, records: { current, previous } }, user);
    } catch (error) {
      this.#instance.log('error', name, String(error));
    }
    if (aborted === true && live) throw new AbortedByRule(table, rule.name, '');
  }

  #queue(
    name: string,
    user: User,
    prepare: () => ScriptJob | undefined,
    done: (error: string | undefined) => void = () => {},
  ): void {
    const handlers = this.#host.handlers(name, user, (request) => this.outbound.send(request));
    const finished = (error: string | undefined): void => {
      if (error !== undefined) this.#instance.log('error', name, error);
      done(error);
    };
    this.#scheduler.add({ label: name, handlers, prepare, done: finished }, this.#delay(name));
  }

  #delay(name: string): Delay {
    const disorder = this.#options.faults.take(name, 'async-disorder');
    if (disorder !== undefined) return { minMs: disorder.minMs, maxMs: disorder.maxMs, shuffle: true };
    const { minMs, maxMs, shuffle } = this.#options.asyncDelay;
    return { minMs, maxMs, shuffle: shuffle === true };
  }
}
