/* oxlint-disable unicorn/require-post-message-target-origin -- ports between threads have no origin */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import type { Call } from './calls.ts';
import { ScriptRuntime } from './runtime.ts';

/**
 * A scheduler worker: runs one script at a time. Scripts are synchronous on the platform, so a call to the
 * instance blocks this thread, and only this thread, until the main thread has answered.
 */
function main(toEngine: MessagePort): void {
  const data = z
    .object({
      signal: z.instanceof(SharedArrayBuffer),
      calls: z.custom<MessagePort>((value) => typeof value === 'object' && value !== null),
      code: z.object({
        modules: z.map(z.string(), z.string()),
        includes: z.map(z.string(), z.string()),
      }),
    })
    .parse(workerData);
  const signal = new Int32Array(data.signal);
  const call: Call = (name, args) => {
    const seen = Atomics.load(signal, 0);
    data.calls.postMessage({ name, args });
    Atomics.wait(signal, 0, seen);
    const answer = receiveMessageOnPort(data.calls)?.message;
    if (answer === undefined) throw new Error(`The instance gave no answer to '${name}'.`);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer.result;
  };
  const runtime = new ScriptRuntime(call, data.code);
  toEngine.on('message', (job) => {
    try {
      runtime.run(job);
      toEngine.postMessage({});
    } catch (error) {
      toEngine.postMessage({ error: describe(error) });
    }
  });
}

/** Errors of a script belong to its own context: they are no instances of this thread's `Error`. */
function describe(error: unknown): string {
  const known = z.object({ name: z.string(), message: z.string() }).safeParse(error);
  return known.success ? `${known.data.name}: ${known.data.message}` : String(error);
}

if (parentPort !== null) main(parentPort);
