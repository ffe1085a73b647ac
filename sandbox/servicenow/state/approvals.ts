import { STATE } from './change-model.ts';
import type { Records } from './records.ts';
import { type Change, type Row, SYSTEM, type WriteRule, turned, valueOf } from './row.ts';

/** How the instance's flows ask for approvals. */
export type ApprovalProcess = {
  /** False: no flow asks anybody. */
  readonly asks: boolean;
  /** How many of a group have to approve. */
  readonly needs: 'all' | 'one';
  /** The group that is asked in Authorize, after the assignment group approved in Assess; its sys_id. */
  readonly cab: () => string | undefined;
  /** Runs what a flow does, which an instance does a little later than the write that caused it. */
  readonly later: (work: () => void) => void;
};

const OVER: ReadonlySet<string> = new Set(['cancelled', 'not_required', 'duplicate']);

/** The approver rows of a change, oldest first. */
export function approverRows(records: Records, changeId: string): Row[] {
  return records.store.all('sysapproval_approver').filter((row) => valueOf(row, 'sysapproval') === changeId);
}

/** The users of a group who are active, by sys_id. */
export function membersOf(records: Records, groupId: string): string[] {
  if (groupId === '') return [];
  return records.store
    .lookup('sys_user_grmember', 'group', groupId)
    .map((row) => valueOf(row, 'user'))
    .filter((id) => valueOf(records.store.get('sys_user', id) ?? {}, 'active') === 'true');
}

/**
 * The stock approval process. The flow of Assess (and Authorize) asks the members of the assignment group; their rows of
 * `sysapproval_approver` decide `approval` of the change. Writing the field asks nobody, and settles no row.
 */
export function approvalRules(records: Records, process: ApprovalProcess): WriteRule {
  const flow = new ApprovalFlow(records, process);
  return {
    after(change) {
      if (change.operation === 'delete') return;
      if (change.table === 'sysapproval_approver') flow.derive(valueOf(change.after, 'sysapproval'));
      if (change.table === 'change_request') flow.follow(change);
    },
  };
}

class ApprovalFlow {
  readonly #records: Records;
  readonly #process: ApprovalProcess;
  /** Rows that a hold set aside, and that come back with its end. */
  readonly #heldBack = new Set<string>();

  constructor(records: Records, process: ApprovalProcess) {
    this.#records = records;
    this.#process = process;
  }

  follow(change: Change): void {
    const { after, before } = change;
    const id = valueOf(after, 'sys_id');
    if (turned(change, 'on_hold', 'true')) this.#setAside(id);
    if (before?.['on_hold'] === 'true' && after['on_hold'] !== 'true') this.#bringBack(id);
    if (turned(change, 'state', STATE.canceled) || turned(change, 'state', STATE.new)) this.#withdraw(id);
    const isAsked = turned(change, 'state', STATE.assess) || turned(change, 'state', STATE.authorize);
    if (isAsked && this.#process.asks) {
      const group =
        before?.['state'] === STATE.assess ? this.#process.cab() : valueOf(after, 'assignment_group');
      this.#process.later(() => this.#ask(id, group ?? ''));
    }
    if (valueOf(after, 'type') === 'standard' && turned(change, 'state', STATE.scheduled)) {
      // Standard changes are approved beforehand: with their template.
      this.#write(id, { approval: 'approved' });
    }
  }

  /** Any rejection rejects the change; when all groups that were asked approved, it is approved and goes on. */
  derive(changeId: string): void {
    const change = this.#change(changeId);
    if (change === undefined || valueOf(change, 'on_hold') === 'true') return;
    const rows = this.#rows(changeId).filter((row) => !OVER.has(valueOf(row, 'state')));
    const verdicts = [...byGroup(rows)].map(([group, members]) => this.#verdictOf(group, members));
    if (verdicts.includes('rejected')) return this.#write(changeId, { approval: 'rejected' });
    if (verdicts.length === 0 || verdicts.includes('requested')) return;
    this.#write(changeId, { approval: 'approved' });
    this.#process.later(() => this.#goOn(changeId));
  }

  #verdictOf(group: string, members: readonly Row[]): 'approved' | 'rejected' | 'requested' {
    const states = members.map((row) => valueOf(row, 'state'));
    const isApproved =
      this.#process.needs === 'all'
        ? states.every((state) => state === 'approved')
        : states.includes('approved');
    const verdict = states.includes('rejected') ? 'rejected' : isApproved ? 'approved' : 'requested';
    if (verdict === 'requested') return verdict;
    this.#records.update('sysapproval_group', group, { approval: verdict }, SYSTEM);
    if (verdict === 'approved') this.#decideRows(members, 'not_required');
    return verdict;
  }

  /** An approved change goes through the states that only wait for the approval. */
  #goOn(changeId: string): void {
    const isIn = (state: string): boolean => {
      const change = this.#change(changeId);
      return change?.['state'] === state && change['approval'] === 'approved';
    };
    if (isIn(STATE.assess)) this.#write(changeId, { state: STATE.authorize });
    if (isIn(STATE.authorize)) this.#write(changeId, { state: STATE.scheduled });
  }

  #ask(changeId: string, group: string): void {
    if (this.#change(changeId) === undefined || this.#rows(changeId).some(isPending)) return;
    const members = membersOf(this.#records, group);
    if (members.length === 0) return;
    const { sys_id: groupRow = '' } = this.#records.insert(
      'sysapproval_group',
      { parent: changeId, assignment_group: group },
      SYSTEM,
    );
    const about = { sysapproval: changeId, document_id: changeId, source_table: 'change_request' };
    for (const approver of members) {
      this.#records.insert('sysapproval_approver', { ...about, approver, group: groupRow }, SYSTEM);
    }
    this.#write(changeId, { approval: 'requested' });
  }

  #setAside(changeId: string): void {
    const pending = this.#rows(changeId).filter(isPending);
    for (const row of pending) this.#heldBack.add(valueOf(row, 'sys_id'));
    this.#decideRows(pending, 'not_required');
  }

  #bringBack(changeId: string): void {
    const back = this.#rows(changeId).filter((row) => this.#heldBack.delete(valueOf(row, 'sys_id')));
    for (const row of back.filter((one) => valueOf(one, 'state') === 'not_required')) {
      this.#records.update('sysapproval_approver', valueOf(row, 'sys_id'), { state: 'requested' }, SYSTEM);
    }
  }

  #withdraw(changeId: string): void {
    this.#decideRows(this.#rows(changeId), 'cancelled');
  }

  #decideRows(rows: readonly Row[], state: string): void {
    for (const row of rows.filter(isPending)) {
      this.#records.update('sysapproval_approver', valueOf(row, 'sys_id'), { state }, SYSTEM);
    }
  }

  #write(changeId: string, values: Row): void {
    this.#records.update('change_request', changeId, values, SYSTEM);
  }

  #change(changeId: string): Row | undefined {
    return this.#records.store.get('change_request', changeId);
  }

  #rows(changeId: string): Row[] {
    return approverRows(this.#records, changeId);
  }
}

function isPending(row: Row): boolean {
  return valueOf(row, 'state') === 'requested';
}

/** Rows that belong to no group count each for itself. */
function byGroup(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = valueOf(row, 'group') || valueOf(row, 'sys_id');
    groups.set(group, [...(groups.get(group) ?? []), row]);
  }
  return groups;
}
