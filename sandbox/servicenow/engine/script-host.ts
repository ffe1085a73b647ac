import type { Instance } from '../state/instance.ts';
import type { User } from '../state/users.ts';
import { type Calls, type Handlers, type SyncHandlers, dispatchSync } from './calls.ts';
import { type FormMessage, callHandlers } from './host.ts';
import { type AppCode, type ScriptJob, ScriptRuntime } from './runtime.ts';

const SYNCHRONOUS_LIMIT_MS = 5000;

/** Who the platform's own work runs as. */
export const SYSTEM_USER: User = {
  userName: 'system',
  userId: '',
  roles: new Set(['admin']),
  timeZone: 'UTC',
};

/** Gives scripts their instance: at once for those within a write or a click, by calls for those in workers. */
export class ScriptHost {
  readonly #code: AppCode;
  readonly #instance: Instance;
  readonly #scope: string;
  /** Called when a script queues an event. */
  onEvent: (event: Calls['event']['args'], user: User) => void = () => {};

  constructor(instance: Instance, scope: string, code: AppCode) {
    this.#instance = instance;
    this.#scope = scope;
    this.#code = code;
  }

  /** The user of this name with the rights that it has now; the platform itself when there is none. */
  user(userName: string): User {
    return this.#instance.users.byName(userName) ?? SYSTEM_USER;
  }

  /** Runs a script now, on this thread and without outbound requests. Throws what it throws. */
  runNow(job: ScriptJob, user: User, messages: FormMessage[] = []): unknown {
    const handlers = this.#sync(job.name, user, messages);
    const runtime = new ScriptRuntime((name, args) => dispatchSync(handlers, name, args), this.#code);
    return runtime.run(job, SYNCHRONOUS_LIMIT_MS);
  }

  /** The answers for a script in a worker. */
  handlers(name: string, user: User, http: Handlers['http']): Handlers {
    return { ...this.#sync(name, user, []), http };
  }

  #sync(name: string, user: User, messages: FormMessage[]): SyncHandlers {
    return callHandlers(
      this.#instance,
      { user, scope: this.#scope, source: name },
      {
        queueEvent: (event, by) => this.onEvent(event, by),
        message: (message) => messages.push(message),
      },
    );
  }
}
