import { STATE } from './change-model.ts';
import type { Records } from './records.ts';
import { SYSTEM, type Row, type WriteRule, turned, valueOf } from './row.ts';
import type { Store } from './store.ts';

const OVER: ReadonlySet<string> = new Set(['3', '4']);
const CANCELED = '4';
/** The tasks that the stock flow makes when a change is implemented. */
const MADE_BY_FLOW = ['Implement', 'Post implementation testing'] as const;

/** The change tasks of a change, oldest first. */
export function tasksOf(store: Store, changeId: string): Row[] {
  return store.all('change_task').filter((row) => valueOf(row, 'change_request') === changeId);
}

/** Whether tasks are open that keep the change from being closed. */
export function hasOpenTasks(store: Store, changeId: string): boolean {
  return tasksOf(store, changeId).some(isOpen);
}

/** The flow makes tasks when a change is implemented, and cancels those of its own that are open at the review. */
export function taskRules(records: Records): WriteRule {
  return {
    after(change) {
      if (change.table !== 'change_request' || change.operation === 'delete') return;
      const changeId = valueOf(change.after, 'sys_id');
      if (turned(change, 'state', STATE.implement)) implement(records, changeId);
      if (turned(change, 'state', STATE.review)) cancel(records, changeId, isOfFlow);
      if (turned(change, 'state', STATE.canceled)) cancel(records, changeId, () => true);
    },
  };
}

function implement(records: Records, changeId: string): void {
  if (tasksOf(records.store, changeId).some(isOfFlow)) return;
  for (const name of MADE_BY_FLOW) {
    const values = { change_request: changeId, short_description: name, created_from: 'workflow' };
    records.insert('change_task', values, SYSTEM);
  }
}

function cancel(records: Records, changeId: string, which: (task: Row) => boolean): void {
  for (const task of tasksOf(records.store, changeId)) {
    if (isOpen(task) && which(task))
      records.update('change_task', valueOf(task, 'sys_id'), { state: CANCELED }, SYSTEM);
  }
}

function isOpen(task: Row): boolean {
  return !OVER.has(valueOf(task, 'state'));
}

function isOfFlow(task: Row): boolean {
  return valueOf(task, 'created_from') === 'workflow';
}
