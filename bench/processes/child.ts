import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Scope } from '../scope.ts';

const answerSchema = z.object({ id: z.number(), result: z.unknown(), error: z.string().optional() });
type Waiting = {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
};

/** A Node process of this bench that does what it is told (see answer-calls.ts). */
export class Child {
  readonly #file: string;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #calls = 0;

  private constructor(file: string) {
    this.#file = file;
    this.#process = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)));
    this.#process.on('message', (message) => this.#settle(answerSchema.parse(message)));
    this.#process.on('exit', (code, signal) => {
      const error = new Error(`${file} ended (${signal ?? code}).`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /** Starts a file of the bench as a process that ends with the scope. */
  static start(scope: Scope, file: string): Child {
    const child = new Child(file);
    scope.onClose(() => child.#end());
    return child;
  }

  /** Calls a handler of the process. Rejects with its error, or when the process ends first. */
  async call<T>(name: string, input: unknown, answer: z.ZodType<T>): Promise<T> {
    if (this.#process.exitCode !== null) throw new Error(`${this.#file} has ended.`);
    const id = this.#calls++;
    const result = await new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send({ id, name, input });
    });
    return answer.parse(result);
  }

  /** Calls a handler that answers nothing. */
  async tell(name: string, input: unknown = null): Promise<void> {
    await this.call(name, input, z.unknown());
  }

  async #end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGKILL');
    await ended;
  }

  #settle({ id, result, error }: z.output<typeof answerSchema>): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(`${this.#file}: ${error}`));
  }
}
