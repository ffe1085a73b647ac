import { expect, test } from 'vitest';
import { z } from 'zod';
import { PEOPLE, SERVICE } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { changeRecord, operatedBridge } from './support.ts';

const listSchema = z.object({
  changes: z.array(z.looseObject({ sys_id: z.string(), number: z.string().nullable() })),
  next: z.string().nullable(),
});
const timelineSchema = z.object({
  timeline: z.array(z.object({ at: z.iso.datetime(), what: z.string(), text: z.string() })),
});

test('where is the approval of a change, and why: one look at its number tells', async () => {
  const stage = await stageForTest();
  const ask = async (path: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${stage.operatorToken}` };
    return (await fetch(`${stage.bridgeUrl()}${path}`, { headers })).json();
  };
  const run = stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Production' },
  });
  const change = await until('a change request', () =>
    stage.servicenow
      .rows('change_request')
      .find((row) => row['u_external_tags']?.includes(run.id) && row['approval'] === 'requested'),
  );
  const [sysId, number] = [change['sys_id'] ?? '', change['number'] ?? ''];
  stage.servicenow.decide(sysId, PEOPLE.approver, 'approved', 'Looks fine');
  await until('the run ends', () => stage.port.runs().find((r) => r.id === run.id)?.status === 'SUCCESS');
  const found = z
    .looseObject({
      sys_id: z.string(),
      approval: z.string(),
      in_step: z.boolean(),
      decision: z.looseObject({ status: z.string(), pipeline_id: z.string(), sentence: z.string() }),
      last: z.looseObject({ text: z.string() }),
    })
    .parse(
      await until('the portal in step', async () => {
        const now = z.looseObject({ in_step: z.boolean() }).parse(await ask(`/v1/changes/${number}`));
        return now.in_step && now;
      }),
    );
  expect(found).toMatchObject({ sys_id: sysId, approval: 'approved', decision: { status: 'triggered' } });
  expect(found.decision.sentence).toContain('approved by ann');
  const { timeline } = timelineSchema.parse(await ask(`/v1/changes/${sysId}/timeline`));
  const steps = timeline.map((line) => line.what);
  for (const step of ['gate', 'portal', 'decision', 'triggered', 'pipeline-ended'])
    expect(steps).toContain(step);
  expect(steps.indexOf('decision')).toBeLessThan(steps.indexOf('triggered'));
});

test('a change is found by its number and by its sys_id, with what the portal lacks', async () => {
  const bridge = await operatedBridge();
  const record = changeRecord(3, { number: 'CHG0031234', approval: 'approved', state: '-2' });
  await bridge.ledger.changes.observe(record, true, 'event', 1_000);
  const expected = {
    sys_id: record.sysId,
    number: 'CHG0031234',
    version: 3,
    portal_version: null,
    in_step: false,
    decision: null,
    seen_at: '1970-01-01T00:00:01.000Z',
  };
  for (const id of ['CHG0031234', record.sysId]) {
    expect((await bridge.get(`/v1/changes/${id}`)).body).toMatchObject(expected);
  }
  await bridge.ledger.changes.confirmPortal(record, 'hash');
  expect((await bridge.get('/v1/changes/CHG0031234')).body).toMatchObject({ in_step: true });
});

test.each(['CHG9', 'f'.repeat(32), '..%2f..%2faudit', '%00', 'a:b', '__proto__'])(
  'the change %s, which nobody has seen, is not found',
  async (id) => {
    const bridge = await operatedBridge();
    for (const path of [`/v1/changes/${id}`, `/v1/changes/${id}/timeline`]) {
      expect(await bridge.get(path)).toMatchObject({ status: 404, type: 'application/problem+json' });
    }
  },
);

test('changes are listed the most recently seen first, page by page, each once', async () => {
  const bridge = await operatedBridge();
  for (let at = 1; at <= 5; at += 1) {
    await bridge.ledger.changes.observe(changeRecord(1, { number: `CHG${at}` }), true, 'event', at);
  }
  const numbers: (string | null)[] = [];
  let path = '/v1/changes?limit=2';
  for (let page = 0; page < 3; page += 1) {
    const { changes, next } = listSchema.parse((await bridge.get(path)).body);
    numbers.push(...changes.map((change) => change.number));
    expect(next === null).toBe(page === 2);
    path = `/v1/changes?limit=2&cursor=${next ?? ''}`;
  }
  expect(numbers).toEqual(['CHG5', 'CHG4', 'CHG3', 'CHG2', 'CHG1']);
});

test.each(['cursor=%00&limit=0', 'cursor=LTE&limit=-5', 'cursor=bm9uc2Vuc2U&limit=abc', 'limit=1e9'])(
  'a page of nonsense (%s) is the first page',
  async (query) => {
    const bridge = await operatedBridge();
    await bridge.ledger.changes.observe(changeRecord(1, { number: 'CHG1' }), true, 'event', 1);
    const answer = await bridge.get(`/v1/changes?${query}`);
    expect(listSchema.parse(answer.body).changes).toHaveLength(1);
  },
);
