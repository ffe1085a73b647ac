import type { Handlers } from './calls.ts';
import type { ScriptJob } from './runtime.ts';
import type { WorkerThread } from './worker-thread.ts';

/** A piece of asynchronous work: its script is made when a worker takes it, from the data of that moment. */
export type Task = {
  readonly label: string;
  readonly handlers: Handlers;
  /** Undefined: there is nothing to do any more. */
  readonly prepare: () => ScriptJob | undefined;
  readonly done: (error: string | undefined) => void;
};

/** How work waits before a worker may take it, in milliseconds of real time. */
export type Delay = { readonly minMs: number; readonly maxMs: number; readonly shuffle: boolean };

/** Hands asynchronous work to a fixed number of workers. */
export class Scheduler {
  readonly #workers: WorkerThread[];
  readonly #random: () => number;
  readonly #ready: Task[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #waiting: (() => void)[] = [];
  #running = 0;
  #closed = false;

  constructor(workers: WorkerThread[], random: () => number) {
    this.#workers = workers;
    this.#random = random;
  }

  /** How much work is delayed, ready or running. */
  get pending(): number {
    return this.#timers.size + this.#ready.length + this.#running;
  }

  add(task: Task, delay: Delay): void {
    if (this.#closed) return;
    const waitMs = delay.minMs + this.#random() * Math.max(0, delay.maxMs - delay.minMs);
    if (waitMs <= 0) {
      this.#enqueue(task, delay.shuffle);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#enqueue(task, delay.shuffle);
    }, waitMs);
    this.#timers.add(timer);
  }

  /** Resolves once nothing is delayed, ready or running. */
  idle(): Promise<void> {
    if (this.pending === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#ready.length = 0;
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#release();
  }

  #enqueue(task: Task, shuffle: boolean): void {
    const at = shuffle ? Math.floor(this.#random() * (this.#ready.length + 1)) : this.#ready.length;
    this.#ready.splice(at, 0, task);
    // Later, so that work queued in one go is all there before the first worker starts.
    setImmediate(() => this.#assign());
  }

  #assign(): void {
    for (const worker of this.#workers) {
      if (worker.busy || this.#closed) continue;
      const task = this.#ready.shift();
      if (task === undefined) break;
      this.#start(worker, task);
    }
    this.#release();
  }

  #start(worker: WorkerThread, task: Task): void {
    const prepared = task.prepare();
    if (prepared === undefined) {
      task.done(undefined);
      setImmediate(() => this.#assign());
      return;
    }
    this.#running += 1;
    void worker.run(prepared, task.handlers).then((error) => {
      task.done(error);
      this.#running -= 1;
      this.#assign();
      return undefined;
    });
  }

  #release(): void {
    if (this.pending > 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
