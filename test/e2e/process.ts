import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { pino } from 'pino';
import { inject, type TestContext } from 'vitest';
import { z } from 'zod';
import { openStage, type Stage, type StageOptions } from '../../stage/stage.ts';

/** A bridge in a process of its own. */
export type BridgeProcess = { readonly url: string; readonly child: ChildProcess };

const line = z.looseObject({ msg: z.string().optional(), url: z.string().optional() });

/** A stage without a bridge for a test that runs beside others, closed when that test ends. */
export async function stageBeside(context: TestContext, options: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = await openStage({
    redisUrl: inject('redisUrl'),
    prefix: `t-${randomUUID().slice(0, 8)}`,
    clock: Date.now,
    log: pino({ level: process.env['LOG'] ?? 'silent' }),
    timings: { callMs: 1_500, settleMs: 300, lockMs: 2_000, sweepMs: 1_000 },
    bridge: false,
    ...options,
  });
  context.onTestFinished(() => stage.close());
  return stage;
}

/** Starts `bridge/main.ts` as a process, and points the systems at it; killed when the test ends. */
export async function spawnBridge(
  context: TestContext,
  stage: Stage,
  env: Readonly<Record<string, string>> = {},
): Promise<BridgeProcess> {
  const child = spawn(process.execPath, ['bridge/main.ts'], {
    env: { PATH: process.env['PATH'], ...stage.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.onTestFinished(() => kill(child));
  const url = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`The bridge ended with ${code} before it was up.`)));
    createInterface({ input: child.stdout }).on('line', (text) => {
      const { msg, url: found } = line.parse(JSON.parse(text));
      if (msg === 'The bridge is up.' && found !== undefined) resolve(found);
    });
  });
  stage.connect(url);
  return { url, child };
}

/** Ends the process at once, as a crash does. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Another bridge at the address of one that is gone: pipelines under way know no other. */
export async function replace(stage: Stage, url: string): Promise<void> {
  await stage.startBridge({ BRIDGE_PORT: new URL(url).port });
}
