import { randomUUID } from 'node:crypto';
import { expect, inject, onTestFinished, test } from 'vitest';
import { FLOWS } from '../../bridge/flows/index.ts';
import { createLedger, type Ledger } from '../../bridge/ledger/ledger.ts';
import { type Connection, connectFast } from '../../queue/connection.ts';
import { decideInPortal, endOf, entity, openedChange, startDeploy } from '../e2e/scene.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { read } from './documents.ts';

/** A key as the document tells it: its pattern, and Redis' type. */
type Told = { readonly pattern: string; readonly type: string };

const REDIS_TYPES: Readonly<Record<string, string>> = {
  hash: 'hash',
  string: 'string',
  list: 'list',
  set: 'set',
  'sorted set': 'zset',
};

/** The ledger's keys of the tables; a `<name>` stands for a part without a colon. */
function toldIn(text: string): Told[] {
  return [...text.matchAll(/^\| `([^`]+)` \| (hash|string|list|set|sorted set) \|/gm)].map(
    ([, pattern = '', type = '']) => ({ pattern, type: REDIS_TYPES[type] ?? '' }),
  );
}

function fits({ pattern }: Told, key: string): boolean {
  return new RegExp(`^${pattern.replaceAll(/<[^>]+>/g, '[^:]+')}$`).test(key);
}

/** The short names of all keys of one bridge, with their types. */
async function keysOf(redis: Connection, prefix: string): Promise<Map<string, string>> {
  const types = new Map<string, string>();
  for (const key of await redis.keys(`{${prefix}}:*`)) {
    const type = await redis.type(key);
    // What is owed may have been settled since.
    if (type !== 'none') types.set(key.slice(`{${prefix}}:`.length), type);
  }
  return types;
}

/** What a story leaves only for a moment, or only where something went wrong. */
async function leaveTheRest(ledger: Ledger, sysId: string): Promise<void> {
  const pipeline = { project_id: '42', id: '1000' };
  const asked = { mode: 'retrigger' as const, reason: 'x', pipeline, evidence: [], change: {}, tags: [] };
  const now = Date.now();
  // Fresh, so that no sweep asks for it while the keys are looked at.
  await ledger.gates.record('g_expiring', asked, 'x', now, 3_600_000);
  await ledger.portalCalls.record({ runId: 'r_3', about: 'nothing', subject: '', problem: 'x' }, 1);
  await ledger.runTies.tie('r_1', sysId);
  await ledger.deployments.report('checkout', '42', { pipeline: '1000' }, 1);
  await ledger.approveRuns.takeTurn(sysId, 'r_1', now, 1_000);
  await ledger.runReports.add('r_1', { step: 'one', message: 'One' }, now);
  await ledger.triggers.watch('deploy-r_1', now);
  await ledger.deadLetters.put({ flow: 'gate', key: 'g', error: 'E', message: 'm', attempts: 1, at: now });
  await ledger.replays.put('replay-1', [], now);
  await ledger.sightings.saw('portal-agent-webhook-foreign', 60_000);
  await ledger.warnings.raise('tags-column', 'The column is missing.');
  await ledger.syncs.remember(await ledger.syncs.scheduled('delta', now), [sysId]);
  await ledger.syncs.moveCursor({ updatedOn: '2026-11-21 10:00:00', sysId });
  await ledger.syncs.keepShape('{}');
}

test('after the story and its troubles Redis holds the keys that the document tells, and no others', async () => {
  const prefix = `t-${randomUUID().slice(0, 8)}`;
  const stage = await stageForTest({ prefix });
  const redis = await connectFast(inject('redisUrl'), 5_000);
  onTestFinished(() => redis.disconnect());
  const runId = startDeploy(stage);
  const sysId = await openedChange(stage, runId);
  await until('the change in the portal', () => entity(stage, sysId) !== undefined);
  decideInPortal(stage, sysId, 'approved');
  await endOf(stage, runId);
  await leaveTheRest(createLedger(redis, prefix), sysId);

  const told = toldIn(read('docs/redis-keys.md'));
  const keys = await keysOf(redis, prefix);
  const ledger = [...keys].filter(([key]) => key.startsWith('ledger:'));
  const names = ledger.map(([key, type]): [string, string] => [key.slice('ledger:'.length), type]);

  const untold = names.filter(([key, type]) => !told.some((each) => fits(each, key) && each.type === type));
  expect(untold).toEqual([]);
  const unseen = told.filter((each) => !names.some(([key]) => fits(each, key)));
  expect(unseen.map(({ pattern }) => pattern)).toEqual([]);
  const flows = FLOWS.map((flow) => flow.name).join('|');
  const elsewhere = [...keys.keys()].filter((key) => !key.startsWith('ledger:'));
  expect(elsewhere.filter((key) => !new RegExp(`^queue:(${flows}):`).test(key))).toEqual([]);
});

test('a key of another name, or of another type, is told', () => {
  const told = toldIn(
    '| `change:<sys_id>` | hash | what | who | for ever |\n| `born` | string | when | who | for ever |',
  );
  expect(told).toEqual([
    { pattern: 'change:<sys_id>', type: 'hash' },
    { pattern: 'born', type: 'string' },
  ]);
  expect(told.filter((each) => fits(each, 'change:abc')).map((each) => each.type)).toEqual(['hash']);
  expect(told.some((each) => fits(each, 'change:abc:record'))).toBe(false);
});
