import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { inject, onTestFinished, expect, test } from 'vitest';
import { NotYet } from '../../bridge/model/errors.ts';
import { isRedisTrouble } from '../../queue/redis-errors.ts';
import { connectFast, connectPatient } from '../../queue/connection.ts';
import { openQueues, queuePrefix, type Queues } from '../../queue/queues.ts';
import { MAX_ATTEMPTS, verdictOn } from '../../bridge/model/retry.ts';
import { DelayedError, type Job } from 'bullmq';
import { until } from '../support/until.ts';

type Bench = { readonly queues: Queues; readonly prefix: string; readonly raw: Queue };

async function bench(): Promise<Bench> {
  const prefix = `q-${randomUUID()}`;
  const redis = await connectFast(inject('redisUrl'), 5_000);
  const queues = openQueues(redis, prefix, ['gate'], MAX_ATTEMPTS);
  const raw = new Queue('gate', { connection: redis, prefix: queuePrefix(prefix), skipVersionCheck: true });
  onTestFinished(async () => {
    await Promise.all([queues.close(), raw.close()]);
    redis.disconnect();
  });
  return { queues, prefix, raw };
}

/** A worker as the bridge sets it up, on the queue `gate`. */
function work(prefix: string, run: (job: Job, token: string | undefined) => Promise<void>, lockMs = 2_000) {
  const connection = connectPatient(inject('redisUrl'));
  const worker = new Worker('gate', run, {
    connection,
    prefix: queuePrefix(prefix),
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    maxStalledCount: 1_000_000,
    skipVersionCheck: true,
    settings: { backoffStrategy: () => 200 },
  });
  worker.on('error', () => undefined);
  onTestFinished(async () => {
    await worker.close(true);
    connection.disconnect();
  });
  return worker;
}

/** A door that holds runs until it is opened. */
function door() {
  const waiting: (() => void)[] = [];
  return {
    pass: () => new Promise<void>((resolve) => waiting.push(resolve)),
    open: () => waiting.splice(0).forEach((go) => go()),
    held: () => waiting.length,
  };
}

test('a key waits at most once, however often it is asked for', async () => {
  const { queues, raw } = await bench();
  await Promise.all(Array.from({ length: 20 }, () => queues.enqueue('gate', 'k')));
  await queues.enqueue('gate', 'other');
  expect(await raw.getWaitingCount()).toBe(2);
  expect(await queues.counts('gate')).toEqual({ waiting: 2, active: 0, delayed: 0, paused: false });
});

test('asked for while it runs, a key runs once more after it, and only once', async () => {
  const { queues, prefix, raw } = await bench();
  const gate = door();
  let runs = 0;
  work(prefix, async () => {
    runs += 1;
    await gate.pass();
  });
  await queues.enqueue('gate', 'k');
  await until('the first run', () => gate.held() === 1);
  await Promise.all(Array.from({ length: 5 }, () => queues.enqueue('gate', 'k')));
  gate.open();
  await until('the second run', () => gate.held() === 1);
  gate.open();
  await until(
    'nothing is left',
    async () => (await raw.getJobCountByTypes('wait', 'active', 'delayed')) === 0,
  );
  expect(runs).toBe(2);
});

test('what a sweep began is run once more where a webhook comes while it runs', async () => {
  const { queues, prefix } = await bench();
  const gate = door();
  let runs = 0;
  work(prefix, async () => {
    runs += 1;
    await gate.pass();
  });
  await queues.enqueue('gate', 'k', { ifIdle: true });
  await until('the sweep’s run', () => gate.held() === 1);
  await queues.enqueue('gate', 'k');
  gate.open();
  await until('the webhook’s run', () => runs === 2);
  gate.open();
});

test('a run that fails while a newer one was asked for is followed by a run that starts after the asking', async () => {
  const { queues, prefix } = await bench();
  const gate = door();
  let runs = 0;
  work(prefix, async () => {
    runs += 1;
    if (runs > 1) return;
    await gate.pass();
    throw new Error('first run fails');
  });
  await queues.enqueue('gate', 'k');
  await until('the first run', () => gate.held() === 1);
  await queues.enqueue('gate', 'k');
  gate.open();
  await until('another run', () => runs >= 2);
});

test('a failed job is tried again after its backoff, without being asked for', async () => {
  const { queues, prefix } = await bench();
  const at: number[] = [];
  work(prefix, async () => {
    at.push(Date.now());
    if (at.length < 3) throw new Error('not yet good');
  });
  await queues.enqueue('gate', 'k');
  await until('three runs', () => at.length === 3);
  expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(190);
});

test('asked for while a job waits for its backoff or its time, the key runs at once', async () => {
  const { queues, prefix } = await bench();
  const seen: string[] = [];
  work(prefix, async (job, token) => {
    seen.push(String(job.data.key));
    if (seen.length > 1) return;
    await job.moveToDelayed(Date.now() + 60_000, token);
    throw new DelayedError();
  });
  await queues.enqueue('gate', 'k');
  await until('the job waits', async () => (await queues.counts('gate')).delayed === 1);
  await queues.enqueue('gate', 'k');
  await until('the second run', () => seen.length === 2);
});

test('a sweep does not shorten a backoff: a key that waits or runs is left alone', async () => {
  const { queues, prefix, raw } = await bench();
  let runs = 0;
  work(prefix, async (job, token) => {
    runs += 1;
    await job.moveToDelayed(Date.now() + 60_000, token);
    throw new DelayedError();
  });
  await queues.enqueue('gate', 'k');
  await until('the job waits', async () => (await queues.counts('gate')).delayed === 1);
  for (let count = 0; count < 3; count += 1) await queues.enqueue('gate', 'k', { ifIdle: true });
  expect(await raw.getJobCountByTypes('wait', 'active')).toBe(0);
  expect((await queues.counts('gate')).delayed).toBe(1);
  expect(runs).toBe(1);
});

test('waiting burns no attempt, so it can never end in a dead letter', async () => {
  const { queues, prefix } = await bench();
  const attempts: number[] = [];
  work(prefix, async (job, token) => {
    attempts.push(job.attemptsMade);
    if (attempts.length === 6) return;
    const verdict = verdictOn(new NotYet('later', 5), job.attemptsMade + 1, 0, isRedisTrouble);
    if (verdict.action !== 'wait') throw new Error('It must wait.');
    await job.moveToDelayed(Date.now() + verdict.delayMs, token);
    throw new DelayedError();
  });
  await queues.enqueue('gate', 'k');
  await until('six runs', () => attempts.length === 6);
  expect(attempts).toEqual([0, 0, 0, 0, 0, 0]);
});

test('a job whose worker died is taken over by another, again and again', async () => {
  const { queues, prefix } = await bench();
  await queues.enqueue('gate', 'k');
  for (const round of [1, 2]) {
    const gate = door();
    const dying = work(prefix, () => gate.pass(), 400);
    await until(`worker ${round} has it`, () => gate.held() === 1);
    // Without its lock's renewal and its answer: as good as dead.
    await dying.close(true);
  }
  let done = false;
  work(
    prefix,
    async () => {
      done = true;
    },
    400,
  );
  await until('the third worker ends it', () => done);
});

test('a paused flow keeps what it is given, shows it, and runs it when it is resumed', async () => {
  const { queues, prefix } = await bench();
  let runs = 0;
  work(prefix, async () => {
    runs += 1;
  });
  await queues.pause('gate');
  await queues.enqueue('gate', 'k');
  await queues.enqueue('gate', 'l');
  expect(await queues.counts('gate')).toMatchObject({ waiting: 2, paused: true });
  expect(runs).toBe(0);
  await queues.resume('gate');
  await until('both runs', () => runs === 2);
  expect((await queues.counts('gate')).paused).toBe(false);
});

test('the oldest waiting job is the first that was asked for', async () => {
  const { queues, raw } = await bench();
  expect(await queues.oldestWaiting('gate')).toBeUndefined();
  await queues.enqueue('gate', 'a');
  const [first] = await raw.getWaiting();
  await until('the clock moves on', () => Date.now() > (first?.timestamp ?? 0));
  await queues.enqueue('gate', 'b');
  expect(await queues.oldestWaiting('gate')).toBe(first?.timestamp);
});

test('a schedule is one schedule, however many bridges set it, and can be taken away', async () => {
  const { queues, raw } = await bench();
  for (let count = 0; count < 3; count += 1) await queues.schedule('gate', 'sweep', 60_000);
  expect(await raw.getJobSchedulersCount()).toBe(1);
  await queues.unschedule('gate', 'sweep');
  expect(await raw.getJobSchedulersCount()).toBe(0);
});

test('a job holds its key and nothing else', async () => {
  const { queues, raw } = await bench();
  await queues.enqueue('gate', 'a:key/with spaces');
  const [job] = await raw.getWaiting();
  expect(job?.data).toEqual({ key: 'a:key/with spaces' });
});
