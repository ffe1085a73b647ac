import { type Row, valueOf } from './row.ts';
import { type AppTestOutcome, runAppTests } from '../engine/app-tests.ts';
import type { OutboundEntry } from '../engine/outbound.ts';
import type { Faults } from '../faults.ts';
import type { Instance } from './instance.ts';
import { approverRows } from './approvals.ts';
import type { RequestLog } from '../../lib/request-log.ts';
import type { User } from './users.ts';
import { World } from './world.ts';

/** What a test, a demonstration or a page does with a stand-in besides calling its APIs. */
export class Control {
  world: World;
  /** Called after `reset` put a new world in place. */
  onReset: () => void = () => {};

  constructor(world: World) {
    this.world = world;
  }

  get instance(): Instance {
    return this.world.instance;
  }

  get faults(): Faults {
    return this.world.faults;
  }

  /** The requests that callers made to the REST APIs. */
  get requests(): RequestLog {
    return this.world.requests;
  }

  /** The instance's time, epoch milliseconds. */
  now(): number {
    return this.world.now();
  }

  rows(table: string): Row[] {
    return this.world.rows(table);
  }

  /** The rows of the app's outbox, empty when no app is installed. */
  outbox(): Row[] {
    const table = this.world.outboxTable();
    return table === undefined ? [] : this.rows(table);
  }

  /** What scripts and the platform logged, oldest first. */
  syslog(level?: string): Row[] {
    return this.rows('syslog').filter((row) => level === undefined || row['level'] === level);
  }

  setProperty(name: string, value: string): void {
    this.instance.properties.set(name, value);
  }

  /** Creates a change as this user; without an approval given it is `requested` in state Authorize. */
  createChange(values: Row = {}, userName = 'ci'): Row {
    const defaults = { state: '-3', approval: 'requested' };
    return this.instance.records.insert('change_request', { ...defaults, ...values }, this.user(userName));
  }

  /** Updates a change as this user. Throws when there is none, or when a rule refuses. */
  updateChange(sysId: string, values: Row, userName = 'admin'): Row {
    const row = this.instance.records.update('change_request', sysId, values, this.user(userName));
    if (row === undefined) throw new Error(`There is no change with sys_id ${sysId}.`);
    return row;
  }

  deleteChange(sysId: string, userName = 'admin'): boolean {
    return this.instance.records.remove('change_request', sysId, this.user(userName));
  }

  change(sysId: string): Row | undefined {
    return this.instance.store.get('change_request', sysId);
  }

  /** The approval rows of a change. */
  approvals(changeId: string): Row[] {
    return approverRows(this.instance.records, changeId);
  }

  /**
   * Decides as an approver: through the approver's own approval row when there is one that waits, else by
   * setting the field on the change's form. Returns the change.
   */
  decide(changeId: string, userName: string, state: 'approved' | 'rejected', comments = ''): Row {
    const user = this.user(userName);
    const pending = this.approvals(changeId).find(
      (row) => valueOf(row, 'approver') === user.userId && valueOf(row, 'state') === 'requested',
    );
    if (pending === undefined) return this.updateChange(changeId, { approval: state, comments }, userName);
    this.instance.decide(user, valueOf(pending, 'sys_id'), state, comments);
    return this.change(changeId) ?? {};
  }

  user(userName: string): User {
    const user = this.instance.users.byName(userName);
    if (user === undefined) throw new Error(`There is no active user '${userName}'.`);
    return user;
  }

  /**
   * Moves the instance's clock on and runs the scheduled scripts as they fall due, waiting for the work of
   * each; with `skip`, each runs once at the end.
   */
  async advanceClock(ms: number, options: { skip?: boolean } = {}): Promise<void> {
    await this.world.advance(ms, options.skip === true);
  }

  /** Resolves once no asynchronous work is left: delayed, ready or running. */
  async settle(): Promise<void> {
    await this.world.engine?.idle();
  }

  /** Runs the tests that the app ships for an instance's Automated Test Framework. */
  runAppTests(): AppTestOutcome[] {
    const { engine } = this.world;
    return engine === undefined ? [] : runAppTests(this.instance, engine);
  }

  /** The outbound requests of scripts, with what came of each. */
  outboundRequests(): readonly OutboundEntry[] {
    return this.world.engine?.outbound.entries ?? [];
  }

  /** Starts anew from the options it was started with. */
  async reset(): Promise<void> {
    const { options } = this.world;
    await this.world.dispose();
    this.world = await World.create(options);
    this.onReset();
  }
}
