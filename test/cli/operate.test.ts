import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { type OperatedBridge, operatedBridge, TOKENS } from '../operator/support.ts';
import { stageForTest } from '../support/stage.ts';
import { waitingChange } from '../e2e/scene.ts';
import { quiet } from '../e2e/wire.ts';
import { type Ended, runOn } from './support.ts';

const AUDIT_KEY = '0123456789abcdef0123456789abcdef';

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'operate-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

function at({ url }: Pick<OperatedBridge, 'url'>, env: Readonly<Record<string, string>> = {}) {
  const settings = { CHANGEBRIDGE_URL: url, CHANGEBRIDGE_TOKEN: TOKENS.operate, ...env };
  return (line: string): Promise<Ended> => runOn(settings, line);
}

/** A bridge with a keyed audit log of four entries, what it wrote to its own log, and the log's lines in Redis. */
async function auditedBridge() {
  const log: string[] = [];
  const bridge = await operatedBridge({
    env: { AUDIT_KEY },
    log: pino({ level: 'warn' }, { write: (line) => void log.push(line) }),
  });
  for (const reason of ['one', 'two', 'three']) await bridge.post('/v1/syncs', { mode: 'delta', reason });
  return {
    bridge,
    log,
    list: `{${bridge.prefix}}:ledger:audit`,
    head: `{${bridge.prefix}}:ledger:audit:head`,
  };
}

test('without the address or the token of a bridge, a command says which setting is missing', async () => {
  expect(await runOn({}, 'changes')).toMatchObject({
    code: 1,
    complained: expect.stringContaining('CHANGEBRIDGE_URL must be the address of a running bridge'),
  });
  expect(await runOn({ CHANGEBRIDGE_URL: 'http://127.0.0.1:9' }, 'changes')).toMatchObject({
    code: 1,
    complained: expect.stringContaining('CHANGEBRIDGE_TOKEN must be a token of OPERATOR_TOKENS'),
  });
});

test('a bridge that does not answer, or does not know the token, is told apart', async () => {
  const bridge = await operatedBridge();
  const away = at({ url: 'http://127.0.0.1:9' });
  expect((await away('changes')).complained).toContain('No bridge answers at http://127.0.0.1:9');
  const stranger = at(bridge, { CHANGEBRIDGE_TOKEN: 'nobody-knows-this-token' });
  expect((await stranger('changes')).complained).toContain('does not know this CHANGEBRIDGE_TOKEN');
  const reader = at(bridge, { CHANGEBRIDGE_TOKEN: TOKENS.read });
  expect(await reader('sync delta --no-wait')).toMatchObject({
    code: 1,
    complained: expect.stringContaining('operate'),
  });
});

test('changes and their timelines are told with their numbers and in words, and as JSON', async () => {
  const stage = await stageForTest();
  const { sysId } = await waitingChange(stage);
  await quiet(stage);
  const run = (line: string) =>
    runOn({ CHANGEBRIDGE_URL: stage.bridgeUrl(), CHANGEBRIDGE_TOKEN: stage.operatorToken }, line);
  expect((await run('changes')).said).toMatch(/^CHG0030001 .*(New|Authorize) .*Deploy checkout\n$/);
  const timeline = await run('timeline CHG0030001');
  expect(timeline.said).toMatch(/portal +The portal shows version \d+/);
  expect(JSON.parse((await run('changes --json')).said)).toMatchObject([{ sys_id: sysId }]);
  expect(await run('timeline CHG0000009')).toMatchObject({
    code: 1,
    complained: 'The bridge has not seen this change.\n',
  });
});

test('a sync is followed to its end, and stands in the audit log with its reason', async () => {
  const stage = await stageForTest();
  await waitingChange(stage);
  const env = { CHANGEBRIDGE_URL: stage.bridgeUrl(), CHANGEBRIDGE_TOKEN: stage.operatorToken };
  const ended = await runOn(env, 'sync full --reason restored');
  expect(ended).toMatchObject({ code: 0, said: expect.stringMatching(/^full-\S+: done, 1 read, /) });
  const { said } = await runOn(env, 'audit export --format csv');
  expect(said).toMatch(/,sandbox,sync:full,full-\S+,restored,/);
  expect(await runOn(env, 'sync everything')).toMatchObject({
    code: 1,
    complained: 'The mode is delta or full.\n',
  });
});

test('an audit log that nobody touched is verified by the bridge, from a file, and against the bridge’s log', async () => {
  const { bridge, log } = await auditedBridge();
  const run = at(bridge, { AUDIT_KEY });
  const dir = folder();
  const [file, logFile] = [join(dir, 'audit.jsonl'), join(dir, 'bridge.log')];
  writeFileSync(logFile, log.join(''));
  expect(await run(`audit export --output ${file}`)).toMatchObject({ code: 0, said: '' });
  for (const line of [
    'audit verify',
    `audit verify --file ${file} --log ${logFile}`,
    `audit verify --log ${logFile}`,
  ])
    expect(await run(line)).toMatchObject({
      code: 0,
      said: expect.stringContaining('The audit log is as it was written: 7 entries'),
    });
  expect((await at(bridge)(`audit verify --file ${file}`)).said).toContain('which AUDIT_KEY does not hold');
  expect(await run(`audit export --output ${file}`)).toMatchObject({ code: 1 });
  expect(readFileSync(file, 'utf8').split('\n')).toHaveLength(8);
});

test('an end of the audit log that was cut off in Redis is found against the bridge’s log alone', async () => {
  const { bridge, log, list, head } = await auditedBridge();
  const run = at(bridge, { AUDIT_KEY });
  const logFile = join(folder(), 'bridge.log');
  writeFileSync(logFile, log.join(''));
  await bridge.redis.ltrim(list, 0, 4);
  const last: unknown = JSON.parse((await bridge.redis.lindex(list, -1)) ?? '');
  if (typeof last === 'object' && last !== null && 'hash' in last)
    await bridge.redis.set(head, String(last.hash));
  expect((await run('audit verify')).code).toBe(0);
  expect(await run(`audit verify --log ${logFile}`)).toMatchObject({
    code: 1,
    said: expect.stringContaining('The bridge logged the entries 6 to 7, and the audit log ends with 5'),
  });
});

test('a replay is planned, agreed to, and carried out as planned, with its reason in the audit log', async () => {
  const bridge = await operatedBridge();
  const run = at(bridge);
  expect(await run('replay')).toMatchObject({ code: 0, said: 'There is no dead letter to replay.\n' });
  const letter = {
    flow: 'change-sync',
    key: 'c'.repeat(32),
    error: 'RequestRefused',
    message: 'Port refused it',
  };
  await bridge.ledger.deadLetters.put({ ...letter, attempts: 1, at: 1 });
  const plan = await run('replay --dry-run');
  expect(plan).toMatchObject({
    code: 2,
    said: expect.stringMatching(/^would_apply +change-sync c{32}: Port refused it\n$/),
  });
  expect(await run('replay')).toMatchObject({ code: 1, complained: expect.stringContaining('--reason') });
  expect(await run('replay --reason mended')).toMatchObject({
    code: 1,
    complained: expect.stringContaining('Add --yes'),
  });
  expect(await run('replay --flow gate --reason mended --yes')).toMatchObject({ code: 0 });
  const done = await run('replay --reason mended --yes');
  expect(done).toMatchObject({ code: 0, said: expect.stringMatching(/replay-\w+: 1 run again\.\n$/) });
  expect((await run('audit export --format csv')).said).toMatch(/,otto,replay,replay-\w+,mended,/);
});
