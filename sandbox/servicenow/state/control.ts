import { type Row, valueOf } from './row.ts';
import { type AppTestOutcome, runAppTests } from '../engine/app-tests.ts';
import type { OutboundEntry } from '../engine/outbound.ts';
import type { Faults } from '../faults.ts';
import type { Instance } from './instance.ts';
import { approverRows } from './approvals.ts';
import { STATE, nextStates } from './change-model.ts';
import { tasksOf } from './change-tasks.ts';
import { CHANGE_GROUP } from './seed.ts';
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

  /** Adds a text column to change requests, as an administrator does in the dictionary. */
  addChangeColumn(name: string): void {
    this.instance.store.dictionary.addColumn('change_request', { name, label: name, type: 'string' });
  }

  /**
   * A change as it is somewhere on its way: without values given it is `requested` in state Authorize. It belongs to
   * the group Change Management, whose members are asked, where the stand-in was started with `approvers`; else to
   * none, so that nobody is asked.
   */
  createChange(values: Row = {}, userName = 'ci'): Row {
    const group =
      this.world.options.approvers === undefined
        ? {}
        : { assignment_group: this.idOf('sys_user_group', CHANGE_GROUP) };
    const defaults = { state: '-3', approval: 'requested', ...group };
    return this.instance.records.insert('change_request', { ...defaults, ...values }, this.user(userName));
  }

  /** Updates a change as this user. Throws when there is none, or when a rule refuses. */
  updateChange(sysId: string, values: Row, userName = 'admin'): Row {
    const row = this.instance.records.update('change_request', sysId, values, this.user(userName));
    if (row === undefined) throw new Error(`There is no change with sys_id ${sysId}.`);
    return row;
  }

  /** Takes a change to Closed as an administrator does who is asked for nothing: step by step, with what each state demands. */
  closeChange(sysId: string, closeCode = 'successful'): Row {
    const demanded = {
      approval: 'approved',
      assignment_group: this.idOf('sys_user_group', CHANGE_GROUP),
      close_code: closeCode,
      close_notes: 'Closed by hand',
    };
    let row = this.change(sysId) ?? {};
    while (valueOf(row, 'state') !== STATE.closed) {
      const [state] = nextStates(valueOf(row, 'type'), valueOf(row, 'state'));
      row = this.updateChange(sysId, { ...demanded, state: state ?? STATE.closed });
    }
    return row;
  }

  deleteChange(sysId: string, userName = 'admin'): boolean {
    return this.instance.records.remove('change_request', sysId, this.user(userName));
  }

  change(sysId: string): Row | undefined {
    return this.instance.store.get('change_request', sysId);
  }

  /** The sys_id of the record with this name. Throws when there is none. */
  idOf(table: string, name: string): string {
    const row = this.instance.store.findBy(table, 'name', name);
    if (row === undefined) throw new Error(`There is no ${table} with the name '${name}'.`);
    return valueOf(row, 'sys_id');
  }

  /** Lets nobody but administrators read journal entries, as many instances do. */
  hideJournals(): void {
    this.instance.access.replace({ name: 'sys_journal_field', operation: 'read', roles: ['admin'] });
  }

  /** The change tasks of a change. */
  tasks(changeId: string): Row[] {
    return tasksOf(this.instance.store, changeId);
  }

  /** The approval rows of a change. */
  approvals(changeId: string): Row[] {
    return approverRows(this.instance.records, changeId);
  }

  /**
   * Decides as an approver: through the approver's own approval row when there is one that waits, else by
   * setting the field on the change's form. Who rejects says why. Returns the change.
   */
  decide(
    changeId: string,
    userName: string,
    state: 'approved' | 'rejected',
    comments = state === 'rejected' ? 'Not like this' : '',
  ): Row {
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
