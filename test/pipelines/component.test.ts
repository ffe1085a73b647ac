import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test, vi } from 'vitest';
import { pathOf } from '../../tools/programs.ts';
import { openedChange, recordOf } from '../e2e/scene.ts';
import { decisionsOf, setting } from '../e2e/wire.ts';
import { until } from '../support/until.ts';
import { approved, decide, openWorld, request, run, runOf } from './world.ts';

// Real pipelines: each takes seconds, and more on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const GITLAB = new URL('../../gitlab/', import.meta.url);
const component = readFileSync(new URL('templates/deploy-gate.yml', GITLAB), 'utf8');
const EXAMPLES = ['deploy-with-approval.gitlab-ci.yml', 'deploy-and-report.gitlab-ci.yml'];

/** The `- |` blocks of a file, with something harmless for each input. */
function scripts(yaml: string): string[] {
  const blocks = yaml.split('\n    - |\n').slice(1);
  return blocks.map((block) => {
    const lines = block.split('\n');
    const end = lines.findIndex((line) => line !== '' && !line.startsWith('      '));
    return lines
      .slice(0, end === -1 ? undefined : end)
      .join('\n')
      .replaceAll(/\$\[\[.*?\]\]/g, '1');
  });
}

const CURL = pathOf(['curl'], process.env);
const BUSYBOX = pathOf(['busybox'], process.env);
const WHY = BUSYBOX === undefined ? ' (skipped: there is no busybox here)' : '';
const SHELLS: [string, ...string[]][] = [
  ['dash'],
  ['bash', '--posix'],
  ...(BUSYBOX === undefined ? [] : [[BUSYBOX, 'sh'] satisfies [string, string]]),
];

/** Whether a shell takes the script; rejects with what it complains of. */
async function parses(shell: readonly [string, ...string[]], script: string): Promise<void> {
  const [command, ...args] = shell;
  await promisify(execFile)(command, [...args, '-n', '-c', script]);
}

test.each(SHELLS)('every script is read by %s', async (...shell) => {
  expect(scripts(component).length).toBeGreaterThan(5);
  for (const script of scripts(component)) await parses(shell, script);
});

test.skipIf(BUSYBOX === undefined)(
  `its jobs run in busybox: the gate, the claim and the report${WHY}`,
  async () => {
    const stage = await openWorld();
    // gitlab-ci-local itself needs bash; the scripts of the jobs get busybox.
    const bash = `#!/bin/bash\ncase "$*" in *gitlab-ci-local/scripts/*) exec busybox sh "$@" ;; esac\nexec /bin/bash "$@"\n`;
    const first = await request(stage, 'Staging');
    const asking = await run(stage, first, { programs: { bash } });
    expect(asking.jobs['deploy-gate']).toBe('passed');
    const sysId = await openedChange(stage, runOf(first));
    const done = await run(stage, await decide(stage, sysId, 'approved'), { programs: { bash } });
    expect(done.deployed).toEqual(['staging']);
    await until('the report', () => stage.port.entities('deployment').length === 1);
  },
);

test('the id_token is in no command line and in no log, and its file is gone afterwards', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curl-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const seen = join(folder, 'arguments');
  const curl = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${seen}'\nexec ${CURL} "$@"\n`;
  const stage = await openWorld();
  const { next } = await approved(stage);
  const done = await run(stage, next, { programs: { curl } });
  expect(done.deployed).toEqual(['production']);
  const words = await readFile(seen, 'utf8');
  // Every id_token starts with the Base64 of {"typ":"JWT"
  expect(words + done.log).not.toContain('eyJ0eXAiOiJKV1Qi');
  const files = [...words.matchAll(/^@(\/tmp\/\S+)$/gm)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(1);
  expect(files.filter((file) => existsSync(file))).toEqual([]);
});

test('CI without id_tokens shows the token of its project, and its gate and claim are those of the pipeline that it names', async () => {
  const stage = await openWorld();
  const variables = { BRIDGE_TOKEN: setting(stage, 'PIPELINE_TOKENS').split(':')[1] ?? '' };
  const tokenless = { variables, audience: 'https://nobody.example.com' };
  const first = await request(stage);
  await run(stage, first, tokenless);
  const sysId = await openedChange(stage, runOf(first));
  expect(recordOf(stage, sysId)['u_external_tags']).toContain(`gitlab_pipeline:${first.id}`);
  expect(recordOf(stage, sysId)['description']).toContain(first.sha);
  const next = await decide(stage, sysId, 'approved');
  expect((await run(stage, next, tokenless)).deployed).toEqual(['production']);
  expect(await decisionsOf(stage, sysId)).toMatchObject([{ claimed_by: `42/${next.id}` }]);
});

test('a project writes at most ten lines for gate, claim and report', () => {
  const example = readFileSync(new URL('examples/deploy-with-approval.gitlab-ci.yml', GITLAB), 'utf8');
  const lines = example.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const ownJobs = ['build', 'test'].map((name) => lines.indexOf(`${name}:`));
  const end = lines.indexOf('deploy:');
  expect(ownJobs.every((at) => at > 0 && at < end)).toBe(true);
  const added = [...lines.slice(0, Math.min(...ownJobs)), ...lines.slice(end)];
  expect(added.length).toBeLessThanOrEqual(10);
});

test.each(EXAMPLES)('%s holds no credential of ServiceNow, of the portal or of the bridge', (name) => {
  const example = readFileSync(new URL(`examples/${name}`, GITLAB), 'utf8');
  expect(example + component).not.toMatch(
    /SERVICENOW|PORT_CLIENT|CLIENT_SECRET|API_TOKEN|OPERATOR|glpat|glptt/,
  );
  expect(example).not.toMatch(/TOKEN/);
});

test('every description is in quotes or short, every input has one, and none is unused', () => {
  const [spec = '', jobs = ''] = component.split('\n---\n');
  const names = [...spec.matchAll(/^ {4}([a-z_]+):$/gm)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(15);
  expect([...spec.matchAll(/^ {6}description: /gm)]).toHaveLength(names.length);
  expect(names.filter((name) => !jobs.includes(`$[[ inputs.${name} ]]`))).toEqual([]);
});

test('a tag with three numbers releases the component to the catalog', () => {
  const release = readFileSync(new URL('.gitlab-ci.yml', GITLAB), 'utf8');
  expect(release).toMatch(/^ {2}release:$/m);
  expect(release).toContain('if: $CI_COMMIT_TAG =~ /^\\d+\\.\\d+\\.\\d+$/');
  expect(existsSync(new URL('README.md', GITLAB))).toBe(true);
});
