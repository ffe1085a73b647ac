import { expect, test } from 'vitest';
import { until } from '../support/until.ts';
import { auditOf, operatedBridge } from './support.ts';

test('a flow is paused and resumed by an admin, with a reason, and both are audited with how they ended', async () => {
  const bridge = await operatedBridge();
  const reason = 'Freeze over the holidays';
  const paused = await bridge.post('/v1/flows/pipeline-trigger/pause', { reason }, 'admin');
  expect(paused.body).toMatchObject({ flow: 'pipeline-trigger', paused: true });
  await bridge.queues.enqueue('pipeline-trigger', 'k');
  const resumed = await bridge.post('/v1/flows/pipeline-trigger/resume', { reason: 'over' }, 'admin');
  expect(resumed.body).toMatchObject({ paused: false, waiting: 1 });
  expect((await auditOf(bridge)).entries).toMatchObject([
    { actor: 'ada', action: 'pause', subject: 'pipeline-trigger', reason },
    { actor: 'ada', action: 'pause:done', subject: 'pipeline-trigger', reason: 'It starts no work.' },
    { actor: 'ada', action: 'resume', subject: 'pipeline-trigger', reason: 'over' },
    { actor: 'ada', action: 'resume:done', subject: 'pipeline-trigger', reason: 'It works.' },
  ]);
});

test('a paused flow does nothing until it is resumed', async () => {
  const bridge = await operatedBridge({ env: { BRIDGE_ROLE: 'all' }, timings: { sweepMs: 60_000 } });
  await bridge.post('/v1/flows/gate/pause', { reason: 'looking' }, 'admin');
  await bridge.queues.enqueue('gate', 'g_unknown');
  await bridge.queues.enqueue('pipeline-trigger', 'deploy-unknown');
  await until('another flow goes on', async () => {
    const { waiting, active } = await bridge.queues.counts('pipeline-trigger');
    return waiting + active === 0;
  });
  expect(await bridge.queues.counts('gate')).toMatchObject({ waiting: 1, active: 0 });
  await bridge.post('/v1/flows/gate/resume', { reason: 'looked' }, 'admin');
  await until('it runs', async () => (await bridge.queues.counts('gate')).waiting === 0);
});

test.each([
  ['/v1/flows/none/pause', { reason: 'because' }, 404],
  ['/v1/flows/gate/stop', { reason: 'because' }, 404],
  ['/v1/flows/gate/pause', {}, 400],
  ['/v1/flows/gate/pause', [], 400],
])('%s with %j is refused (%i), and nothing is audited', async (path, body, status) => {
  const bridge = await operatedBridge();
  const answer = await bridge.post(path, body, 'admin');
  expect(answer).toMatchObject({ status, type: 'application/problem+json' });
  expect((await auditOf(bridge)).entries).toEqual([]);
});
