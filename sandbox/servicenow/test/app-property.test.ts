import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOUR, PREFIX, appWorld } from './app-world.ts';
import type { Delivery, Reply } from './receiver.ts';

const SHOWN = ['approval', 'priority', 'short_description'] as const;

const step = fc.record({
  change: fc.nat({ max: 2 }),
  act: fc.oneof(
    { weight: 3, arbitrary: fc.record({ priority: fc.constantFrom('1', '2', '3') }) },
    { weight: 3, arbitrary: fc.record({ approval: fc.constantFrom('approved', 'rejected', 'requested') }) },
    { weight: 2, arbitrary: fc.record({ short_description: fc.string({ maxLength: 20 }) }) },
    { weight: 1, arbitrary: fc.constant('delete' as const) },
    { weight: 1, arbitrary: fc.constant('minute passes' as const) },
    { weight: 1, arbitrary: fc.constant('work is done' as const) },
  ),
});

const replies = fc.array(
  fc.constantFrom<Reply>(
    { status: 202 },
    { status: 202, afterMs: 20 },
    { status: 503 },
    { status: 429, headers: { 'retry-after': '30' } },
    { status: 401 },
    'hang',
  ),
  { maxLength: 8 },
);

const scenario = fc.record({
  steps: fc.array(step, { minLength: 3, maxLength: 25 }),
  replies,
  workers: fc.integer({ min: 1, max: 4 }),
  seed: fc.integer(),
  maxMs: fc.constantFrom(0, 30),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** What a receiver keeps that lets only newer versions in, as the bridge does; a delete is final. */
function kept(accepted: readonly Delivery[]): Map<string, Delivery> {
  const store = new Map<string, Delivery>();
  for (const delivery of accepted) {
    const id = delivery.record['sys_id'] ?? '';
    const old = store.get(id);
    const newer = Number(delivery.record['sys_mod_count']) > Number(old?.record['sys_mod_count'] ?? -1);
    if (old?.event !== 'change.deleted' && (newer || delivery.event === 'change.deleted')) {
      store.set(id, delivery);
    }
  }
  return store;
}

async function play({ steps, replies: answers, workers, seed, maxMs }: Scenario): Promise<void> {
  const world = await appWorld({
    workers,
    seed,
    asyncDelay: { minMs: 0, maxMs, shuffle: true },
    properties: { [`${PREFIX}.timeout_seconds`]: '1' },
  });
  const { servicenow, receiver } = world;
  const accepted: Delivery[] = [];
  receiver.reply = (delivery, count) => {
    const reply = answers[count - 1] ?? { status: 202 };
    if (reply !== 'hang' && reply.status === 202) accepted.push(delivery);
    return reply;
  };
  try {
    const ids = [0, 1, 2].map(() => String(servicenow.createChange()['sys_id']));
    for (const { change, act } of steps) {
      const id = ids[change] ?? '';
      if (act === 'minute passes') await servicenow.advanceClock(60_000);
      else if (act === 'work is done') await servicenow.settle();
      else if (act === 'delete') servicenow.deleteChange(id);
      else if (servicenow.change(id) !== undefined) servicenow.updateChange(id, act);
    }
    await servicenow.settle();
    for (let hour = 0; hour < 12; hour += 1) await servicenow.advanceClock(HOUR / 4, { skip: true });
    expect(new Set(servicenow.outbox().map((row) => row['state']))).toEqual(new Set(['delivered']));
    expect(new Set(accepted.map((delivery) => delivery.id)).size).toBe(accepted.length);
    const mirror = kept(accepted);
    for (const id of ids) {
      const current = servicenow.change(id);
      const copy = mirror.get(id);
      if (current === undefined)
        expect(copy?.event ?? 'never told of').toMatch(/change\.deleted|never told of/);
      else for (const field of SHOWN) expect(copy?.record[field]).toBe(current[field]);
    }
  } finally {
    await world.close();
  }
}

test(
  'whatever is saved, whenever rules run and whatever the receiver answers: its copy ends equal, and no id is accepted twice',
  {
    timeout: 240_000,
  },
  async () => {
    await fc.assert(fc.asyncProperty(scenario, play), { numRuns: 12, endOnFailure: true });
  },
);
