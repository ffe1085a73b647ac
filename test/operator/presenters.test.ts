import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { changeRecord, type OperatedBridge, operatedBridge } from './support.ts';

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
/** What is the bridge's own business: how it takes turns, and where it goes on after an interruption. */
const PRIVATE = [
  'lease',
  'sent_at',
  'until',
  'position',
  'portal_hash',
  'base_version',
  'refresh',
  'unknown',
];

/** Every name and value of an answer, however deep. */
function* entriesOf(value: unknown): Generator<readonly [name: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) {
    yield [name, inner];
    yield* entriesOf(inner);
  }
}

const parkedAtFirst = async () => ({ status: 'parked', reason: 'why' }) as const;

/** A bridge that has one of everything that an operator can look at. */
async function fullBridge() {
  const bridge = await operatedBridge();
  const { ledger } = bridge;
  const record = changeRecord(4, {
    number: 'CHG0031234',
    approval: 'approved',
    state: '-5',
    priority: '1',
    sys_updated_on: '2026-11-21 10:00:00',
    sys_created_on: '2026-11-21 09:00:00',
    short_description: 'Due 2026-11-21 10:00',
  });
  const { sysId } = record;
  await ledger.changes.observe(record, true, 'event', 1_000);
  await ledger.triggers.recordDecision(sysId, parkedAtFirst, 2_000);
  await ledger.approveRuns.record('r_1', 2_000);
  const wish = { sysId, decision: 'approved', actor: 'ann@example.com', reason: 'fine' } as const;
  await ledger.approveRuns.describe('r_1', wish);
  await ledger.approveRuns.takeTurn(sysId, 'r_1', 2_000, 1_000);
  await ledger.approveRuns.beginWriting('r_1', sysId, 3, 2_000, 1_000);
  await ledger.timeline.add(sysId, { at: 3_000, what: 'decision', text: 'approved' });
  const inputs = { environment: 'Production' };
  await ledger.triggers.recordDeploy('deploy-r_2', 'r_2', { runId: 'r_2', inputs }, 4_000);
  const deploy = await ledger.triggers.get('deploy-r_2');
  if (deploy !== undefined) await ledger.triggers.begin(deploy, { project: '42', ref: 'main' }, 5_000, 1_000);
  await bury(bridge, 'change-sync', sysId);
  const plan = z.object({ plan: z.string() }).parse((await bridge.post('/v1/replays', {})).body);
  const order = { dry_run: false, plan: plan.plan, reason: 'again' };
  const replay = z.object({ id: z.string() }).parse((await bridge.post('/v1/replays', order)).body).id;
  const sync = z.object({ id: z.string() }).parse((await bridge.post('/v1/syncs', { mode: 'full' })).body).id;
  await ledger.syncs.update(sync, { status: 'done', position: sysId, ended_at: 9_000 });
  return { bridge, sysId, replay, sync };
}

async function bury(bridge: OperatedBridge, flow: 'change-sync' | 'gate' | 'portal-approval', key: string) {
  await bridge.ledger.deadLetters.put({ flow, key, error: 'E', message: 'no', attempts: 2, at: 6_000 });
}

test('every time in every answer is ISO 8601 in UTC, and nothing of the bridge’s own business is shown', async () => {
  const { bridge, sysId, replay, sync } = await fullBridge();
  const paths = [
    '/v1/changes',
    `/v1/changes/${sysId}`,
    `/v1/changes/${sysId}/timeline`,
    '/v1/decisions',
    '/v1/dead-letters',
    `/v1/replays/${replay}`,
    `/v1/syncs/${sync}`,
    '/v1/audit',
  ];
  let times = 0;
  for (const path of paths) {
    const { status, body } = await bridge.get(path);
    expect(status, path).toBe(200);
    for (const [name, value] of entriesOf(body)) {
      expect(PRIVATE, path).not.toContain(name);
      if (!/(^at$|_at$|^sys_(created|updated)_on$)/.test(name)) continue;
      expect(value, `${name} of ${path}`).toMatch(ISO);
      times += 1;
    }
  }
  expect(times).toBeGreaterThan(14);
});

test('a change shows the labels of its choices beside their values, and text stays as it is', async () => {
  const { bridge } = await fullBridge();
  const labelled = {
    state: '-5',
    state_label: 'New',
    approval: 'approved',
    approval_label: 'Approved',
    priority: '1',
    priority_label: 'Critical',
  };
  expect((await bridge.get('/v1/changes/CHG0031234')).body).toMatchObject({
    ...labelled,
    record: {
      ...labelled,
      sys_updated_on: '2026-11-21T10:00:00.000Z',
      short_description: 'Due 2026-11-21 10:00',
    },
    decision: { decision: 'approved', decision_label: 'Approved', status: 'parked' },
    portal_approvals: [{ run_id: 'r_1', status: 'writing', actor: 'ann@example.com' }],
    last: { at: '1970-01-01T00:00:03.000Z' },
  });
});

test.each([
  ['-5', 'New'],
  ['-4', 'Assess'],
  ['-3', 'Authorize'],
  ['-2', 'Scheduled'],
  ['-1', 'Implement'],
  ['0', 'Review'],
  ['3', 'Closed'],
  ['4', 'Canceled'],
  ['17', '17'],
  ['constructor', 'constructor'],
])('the state %s is called %s', async (state, label) => {
  const bridge = await operatedBridge();
  await bridge.ledger.changes.observe(changeRecord(1, { number: 'CHG1', state }), true, 'event', 1);
  expect((await bridge.get('/v1/changes/CHG1')).body).toMatchObject({ state, state_label: label });
});

test('a request to deploy is an object, as the portal sent it', async () => {
  const { bridge } = await fullBridge();
  const { decisions } = z
    .object({ decisions: z.array(z.looseObject({ id: z.string() })) })
    .parse((await bridge.get('/v1/decisions')).body);
  const deploy = decisions.find((each) => each.id === 'deploy-r_2');
  expect(deploy).toMatchObject({
    status: 'triggering',
    attempt: 1,
    request: { runId: 'r_2', inputs: { environment: 'Production' } },
  });
});

describe('a dead letter names its change', () => {
  test('by number, whatever the flow’s keys are', async () => {
    const { bridge, sysId } = await fullBridge();
    const asked = {
      mode: 'retrigger' as const,
      reason: 'x',
      pipeline: { project_id: '42', id: '7' },
      evidence: [],
      change: {},
      tags: [],
    };
    await bridge.ledger.gates.record('g_1', asked, 'x', 1);
    await bridge.ledger.gates.opened('g_1', sysId, 'CHG0031234');
    await bury(bridge, 'gate', 'g_1');
    await bury(bridge, 'portal-approval', 'r_1');
    const { dead_letters: letters } = z
      .object({ dead_letters: z.array(z.looseObject({ flow: z.string() })) })
      .parse((await bridge.get('/v1/dead-letters')).body);
    expect(letters.map((letter) => letter.flow).toSorted()).toEqual([
      'change-sync',
      'gate',
      'portal-approval',
    ]);
    for (const letter of letters) expect(letter).toMatchObject({ sys_id: sysId, number: 'CHG0031234' });
  });

  test('or none, where none is known', async () => {
    const bridge = await operatedBridge();
    await bury(bridge, 'gate', 'g_unknown');
    expect((await bridge.get('/v1/dead-letters')).body).toMatchObject({
      dead_letters: [{ key: 'g_unknown', sys_id: null, number: null }],
      next: null,
    });
  });

  test('and comes page by page, each once', async () => {
    const bridge = await operatedBridge();
    for (const key of ['a', 'b', 'c']) await bury(bridge, 'gate', key);
    const schema = z.object({
      dead_letters: z.array(z.looseObject({ key: z.string() })),
      next: z.string().nullable(),
    });
    const first = schema.parse((await bridge.get('/v1/dead-letters?limit=2')).body);
    const second = schema.parse(
      (await bridge.get(`/v1/dead-letters?limit=2&cursor=${first.next ?? ''}`)).body,
    );
    const keys = [...first.dead_letters, ...second.dead_letters].map((letter) => letter.key);
    expect(keys.toSorted()).toEqual(['a', 'b', 'c']);
    expect(second.next).toBeNull();
  });
});
