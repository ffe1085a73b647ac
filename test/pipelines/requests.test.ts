import { describe, expect, test, vi } from 'vitest';
import { localServer } from '../unit/local-server.ts';
import { approved, askedOf, openGitLab, openWorld, pipelineIn, request, run } from './world.ts';

// Real pipelines: each takes seconds, and more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

describe('a pipeline stops before the build, without a call', () => {
  test.each([
    ['is no JSON', 'approved', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is a list', '[]', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is two objects', '{}{"approval_status":"approved"}', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is empty', '', 'TRIGGER_PAYLOAD is no JSON object.'],
    ['is absent', undefined, 'There is no TRIGGER_PAYLOAD'],
    ['has an unknown status', '{"approval_status":"APPROVED"}', 'approval_status must be pending'],
    ['has a status of another type', '{"approval_status":true}', 'approval_status must be pending'],
    ['names an unknown environment', '{"environment":"moon"}', 'environment moon; this project deploys to'],
  ])('when its payload %s', async (_, payload, words) => {
    const world = await openGitLab();
    const done = await run(world, pipelineIn(world), { payload, coverage: '99' });
    expect(done.log).toContain(words);
    expect(done.jobs).toEqual({ 'deploy-request': 'failed' });
    expect(done.log).not.toContain('Changebridge does not answer');
  });

  test('on a machine without jq', async () => {
    const world = await openGitLab();
    const done = await run(world, pipelineIn(world), { without: ['jq'] });
    expect(done.log).toContain('This job needs jq: use an image that has curl and jq. Nothing is deployed.');
    expect(done.jobs).toEqual({ 'deploy-request': 'failed' });
  });
});

test('variables of a trigger can neither approve, nor lower the threshold, nor redirect a call', async () => {
  const stage = await openWorld();
  const { sysId, next } = await approved(stage);
  stage.servicenow.updateChange(sysId, { on_hold: 'true' });
  const evil = await localServer((_, response) => void response.writeHead(200).end('{"claimed":true}'));
  const variables = {
    APPROVAL_STATUS: 'approved',
    threshold: '0',
    THRESHOLD: '0',
    bridge_url: evil.url,
    BRIDGE_URL: evil.url,
    deploy_word: 'pending',
    decision: 'none',
    needs_claim: 'no',
    BRIDGE_RETRY_SECONDS: 'a[$(make deploy)]',
    bridge_status: '200',
  };
  expect((await run(stage, next, { variables })).deployed).toEqual([]);
  expect((await run(stage, await request(stage), { variables })).deployed).toEqual([]);
  expect(await askedOf(stage, 'claim')).toEqual(['claim', 'claim:refused']);
  expect(await askedOf(stage, 'gate')).toHaveLength(4);
  expect(evil.requests()).toBe(0);
});
