/* oxlint-disable unicorn/require-post-message-target-origin -- ports between threads have no origin */
import { MessageChannel, Worker } from 'node:worker_threads';
import { type Handlers, dispatch } from './calls.ts';
import type { AppCode, ScriptJob } from './runtime.ts';

/** One scheduler worker: a thread that runs one script at a time and asks the instance as it goes. */
export class WorkerThread {
  readonly #worker: Worker;
  readonly #port;
  readonly #signal = new Int32Array(new SharedArrayBuffer(4));
  #handlers: Handlers | undefined;
  /** Why the thread can run nothing any more. */
  #ended: string | undefined;
  #finish: ((error: string | undefined) => void) | undefined;

  constructor(code: AppCode) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: { calls: port2, signal: this.#signal.buffer, code },
      transferList: [port2],
    });
    this.#port.on('message', (message) => {
      void this.#reply((handlers) => dispatch(handlers, message.name, message.args));
    });
    this.#worker.on('message', (message) => this.#finished(message.error));
    this.#worker.on('error', (error) => this.#end(`The worker ended: ${String(error)}`));
    this.#worker.unref();
    this.#port.unref();
  }

  get busy(): boolean {
    return this.#finish !== undefined;
  }

  /** Runs the script; resolves with the message of what it threw, or with undefined. */
  run(job: ScriptJob, handlers: Handlers): Promise<string | undefined> {
    this.#handlers = handlers;
    if (this.#ended !== undefined) return Promise.resolve(this.#ended);
    return new Promise((resolve) => {
      this.#finish = resolve;
      this.#worker.postMessage(job);
    });
  }

  /** Ends the thread, in the middle of a script if need be. */
  async terminate(): Promise<void> {
    this.#port.close();
    await this.#worker.terminate();
    this.#end('The stand-in was closed.');
  }

  #end(why: string): void {
    this.#ended = why;
    this.#finished(why);
  }

  #finished(error: string | undefined): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(error);
  }

  async #reply(ask: (handlers: Handlers) => unknown): Promise<void> {
    try {
      if (this.#handlers === undefined) throw new Error('The script has ended.');
      this.#port.postMessage({ result: await ask(this.#handlers) });
    } catch (error) {
      this.#port.postMessage({ error: error instanceof Error ? error.message : String(error) });
    }
    Atomics.add(this.#signal, 0, 1);
    Atomics.notify(this.#signal, 0);
  }
}
