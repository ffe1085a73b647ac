import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const living = new Set<ChildProcess>();
// Whatever ends the bench, nothing that it started stays behind.
process.on('exit', () => {
  for (const child of living) child.kill('SIGKILL');
});

/** A program that was started, and what it has printed so far. */
export type Spawned = {
  readonly pid: number;
  readonly hasEnded: () => boolean;
  readonly output: () => string;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
};

/** Starts a program whose output goes to a file. Its environment is `env` and nothing else. */
export function spawnProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  logFile: string,
): Spawned {
  const log = openSync(logFile, 'a');
  const child = spawn(command, args, { env, stdio: ['ignore', log, log] });
  closeSync(log);
  let failure = '';
  let hasEnded = false;
  living.add(child);
  const ended = new Promise<void>((resolve) => {
    const finish = (): void => {
      hasEnded = true;
      living.delete(child);
      resolve();
    };
    child.once('exit', finish);
    child.once('error', (error) => {
      failure = error.message;
      finish();
    });
  });
  return {
    pid: child.pid ?? 0,
    hasEnded: () => hasEnded,
    output: () => `${failure}${readFileSync(logFile, 'utf8')}`.slice(-2_000),
    async end(signal) {
      if (!hasEnded) child.kill(signal);
      await ended;
    },
  };
}

/** A port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
