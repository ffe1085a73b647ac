import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A redis-server that a test sets up as it likes, on a port of its own; it ends with the test. */
export type RedisProcess = {
  readonly port: number;
  readonly directory: string;
  readonly pid: number;
  /** Ends it at once, as a crash does. */
  readonly kill: () => Promise<void>;
};

/** Lines of a redis.conf. */
export type Settings = readonly string[];

/** `port` in a setting stands for the server's own port. `--sentinel` and a limit on its files are for `how`. */
export async function startRedisProcess(
  settings: Settings,
  how: { readonly sentinel?: boolean; readonly port?: number; readonly largestFileBlocks?: number } = {},
): Promise<RedisProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'redis-process-'));
  const port = how.port ?? (await freePort());
  const file = join(directory, 'redis.conf');
  const own = settings.some((line) => line.startsWith('tls-port')) ? [] : [`port ${port}`];
  const lines = [...own, 'bind 127.0.0.1', `dir ${directory}`, 'save ""', 'logfile redis.log', ...settings];
  writeFileSync(file, `${lines.join('\n').replaceAll('%port%', String(port))}\n`);
  const limit =
    how.largestFileBlocks === undefined ? '' : `trap '' XFSZ; ulimit -f ${how.largestFileBlocks};`;
  const sentinel = how.sentinel === true ? ' --sentinel' : '';
  const child = spawn('sh', ['-c', `${limit} exec redis-server ${file}${sentinel}`], { stdio: 'ignore' });
  const kill = (): Promise<void> => end(child);
  onTestFinished(async () => {
    await kill();
    rmSync(directory, { recursive: true, force: true });
  });
  return { port, directory, pid: child.pid ?? 0, kill };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** A port that is free now, and whose cluster bus port (10,000 above) exists. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close();
    await once(server, 'close');
    if (port < 55_000) return port;
  }
}
