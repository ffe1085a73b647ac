import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import { openStage, type Stage, type StageOptions } from '../../stage/stage.ts';

/** Short waits, so that a test of a long one takes seconds. */
const QUICK = { callMs: 1_500, settleMs: 300, lockMs: 2_000, sweepMs: 1_000 };

/** A stage of its own for one test, closed when the test ends. Set LOG=debug to see what the bridge says. */
export async function stageForTest(options: Partial<StageOptions> = {}): Promise<Stage> {
  const stage = await openStage({
    redisUrl: inject('redisUrl'),
    prefix: `t-${randomUUID().slice(0, 8)}`,
    clock: Date.now,
    log: pino({ level: process.env.LOG ?? 'silent' }),
    timings: QUICK,
    ...options,
  });
  onTestFinished(() => stage.close());
  return stage;
}
