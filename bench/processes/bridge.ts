import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import type { Scope } from '../scope.ts';
import { until } from '../until.ts';
import { freePort, type Spawned, spawnProgram } from './spawned.ts';

/** As `npm start` has them. */
const NODE_FLAGS = ['--max-semi-space-size=4'];
const MAIN = fileURLToPath(new URL('../../bridge/main.ts', import.meta.url));
const START_MS = 30_000;
const PAGE_BYTES = 4_096;

/** A bridge as its users run it: a process that is told everything by its environment. */
export class Bridge {
  readonly url: string;
  readonly #process: Spawned;

  private constructor(url: string, process: Spawned) {
    this.url = url;
    this.#process = process;
  }

  /** Starts a bridge and waits until it is ready. Throws, with what it printed, where it is not. */
  static async start(scope: Scope, env: Readonly<Record<string, string>>): Promise<Bridge> {
    const directory = mkdtempSync(join(tmpdir(), 'changebridge-bench-bridge-'));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const settings = {
      BRIDGE_HOST: '127.0.0.1',
      BRIDGE_LOG_LEVEL: 'warn',
      PATH: process.env['PATH'] ?? '',
      ...env,
      BRIDGE_PORT: String(port),
    };
    const spawned = spawnProgram(
      process.execPath,
      [...NODE_FLAGS, MAIN],
      settings,
      join(directory, 'bridge.log'),
    );
    scope.onClose(async () => {
      await spawned.end('SIGKILL');
      rmSync(directory, { recursive: true, force: true });
    });
    const bridge = new Bridge(url, spawned);
    await until('the bridge is ready', () => bridge.#isReady(), START_MS);
    return bridge;
  }

  /** Ends it as an operator does. */
  async stop(): Promise<void> {
    await this.#process.end('SIGTERM');
  }

  /** The memory (bytes) that the process holds; only Linux tells it. */
  residentMemory(): number {
    const pages = readFileSync(`/proc/${this.#process.pid}/statm`, 'utf8').split(' ')[1];
    return Number(pages) * PAGE_BYTES;
  }

  async #isReady(): Promise<boolean> {
    if (this.#process.hasEnded()) throw new Error(`The bridge ended: ${this.#process.output()}`);
    try {
      const { statusCode, body } = await request(`${this.url}/readyz`);
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }
}
