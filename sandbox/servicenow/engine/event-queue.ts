import { type Row, valueOf } from '../state/row.ts';
import { newSysId } from '../state/store.ts';
import { toPlatformTime } from '../state/time.ts';
import type { Instance } from '../state/instance.ts';
import type { User } from '../state/users.ts';
import type { Calls } from './calls.ts';
import type { ScriptJob } from './runtime.ts';

/** One script action that an event calls for. */
export type EventWork = {
  readonly name: string;
  readonly job: () => ScriptJob;
  readonly done: (error: string | undefined) => void;
};

/** The platform's event queue: `sysevent` rows, and the script actions that answer them. */
export class EventQueue {
  readonly #instance: Instance;

  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /** Writes the event and returns the script actions to run. An event that is not registered is refused and logged. */
  add(event: Calls['event']['args'], user: User): EventWork[] {
    const { store } = this.#instance;
    if (store.findBy('sysevent_register', 'event_name', event.name) === undefined) {
      this.#instance.log(
        'error',
        'sysevent',
        `The event ${event.name} is not registered and was not queued.`,
      );
      return [];
    }
    const row = this.#write(event, user);
    const actions = store
      .lookup('sysevent_script_action', 'event_name', event.name)
      .filter((action) => valueOf(action, 'active') === 'true')
      .toSorted((a, b) => Number(valueOf(a, 'order')) - Number(valueOf(b, 'order')));
    let open = actions.length;
    return actions.map((action) => ({
      name: `sysevent_script_action:${valueOf(action, 'name')}`,
      job: () => this.#job(action, row),
      done: (error) => {
        open -= 1;
        if (error !== undefined) row['error_message'] = error.slice(0, 1000);
        if (open === 0) this.#processed(row);
      },
    }));
  }

  #job(action: Row, event: Row): ScriptJob {
    const table = valueOf(event, 'table');
    const sysId = valueOf(event, 'instance');
    const current = this.#instance.store.get(table, sysId);
    return {
      name: `sysevent_script_action:${valueOf(action, 'name')}`,
      source: valueOf(action, 'script'),
      records: {
        event: { table: 'sysevent', row: event },
        current: current === undefined ? { table, row: {} } : { table, row: current },
      },
    };
  }

  #write(event: Calls['event']['args'], user: User): Row {
    const now = toPlatformTime(this.#instance.clock());
    const row: Row = {
      sys_id: newSysId(),
      sys_class_name: 'sysevent',
      name: event.name,
      state: 'ready',
      parm1: event.parm1,
      parm2: event.parm2,
      table: event.table,
      instance: event.sysId,
      error_message: '',
      processed: '',
      sys_created_on: now,
      sys_created_by: user.userName,
      sys_updated_on: now,
      sys_updated_by: user.userName,
      sys_mod_count: '0',
    };
    this.#instance.store.put('sysevent', row);
    return row;
  }

  #processed(row: Row): void {
    const failed = valueOf(row, 'error_message') !== '';
    this.#instance.store.put('sysevent', {
      ...row,
      state: failed ? 'error' : 'processed',
      processed: toPlatformTime(this.#instance.clock()),
    });
  }
}
