import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pathOf } from '../../tools/programs.ts';
import { parses } from './ci-local.ts';
import { openWorld, run } from './world.ts';

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

const BUSYBOX = pathOf(['busybox'], process.env);
const WHY = BUSYBOX === undefined ? ' (skipped: there is no busybox here)' : '';
const SHELLS: [string, ...string[]][] = [
  ['dash'],
  ['bash', '--posix'],
  ...(BUSYBOX === undefined ? [] : [[BUSYBOX, 'sh'] satisfies [string, string]]),
];

test.each(SHELLS)('every script is read by %s', async (...shell) => {
  expect(scripts(component).length).toBeGreaterThan(5);
  for (const script of scripts(component)) await parses(shell, script);
});

test.skipIf(BUSYBOX === undefined)(
  `its jobs run in busybox: the gate, the claim and the report${WHY}`,
  async () => {
    const world = await openWorld();
    // gitlab-ci-local itself needs bash; the scripts of the jobs get busybox.
    const bash = `#!/bin/bash\ncase "$*" in *gitlab-ci-local/scripts/*) exec busybox sh "$@" ;; esac\nexec /bin/bash "$@"\n`;
    const asking = await run(world, await world.request({ environment: 'staging' }), { programs: { bash } });
    expect(asking.jobs['deploy-gate']).toBe('passed');
    expect(world.bridge.gates).toHaveLength(1);
    const done = await run(world, await world.decide('approved'), { programs: { bash } });
    expect(done.deployed).toEqual(['staging']);
    expect(world.bridge.told).toHaveLength(1);
  },
);

test('the id_token is in no command line and in no log, and its file is gone afterwards', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'curl-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const seen = join(folder, 'arguments');
  const curl = `#!/bin/sh\nprintf '%s\\n' "$@" >>'${seen}'\nexec /usr/bin/curl "$@"\n`;
  const world = await openWorld();
  await world.asked();
  const done = await run(world, await world.decide('approved'), { programs: { curl } });
  expect(done.deployed).toEqual(['production']);
  const words = await readFile(seen, 'utf8');
  // Every id_token starts with the Base64 of {"typ":"JWT"
  expect(words + done.log).not.toContain('eyJ0eXAiOiJKV1Qi');
  const files = [...words.matchAll(/^@(\/tmp\/\S+)$/gm)].map(([, file = '']) => file);
  expect(files.length).toBeGreaterThan(1);
  expect(files.filter((file) => existsSync(file))).toEqual([]);
});

test('CI without id_tokens shows a token of its project, and names its pipeline in the body', async () => {
  const world = await openWorld();
  const pipeline = await world.request();
  const bodies = join(await mkdtemp(join(tmpdir(), 'body-')), 'body');
  onTestFinished(() => rm(join(bodies, '..'), { recursive: true, force: true }));
  const curl = `#!/bin/sh\ncat .changebridge/body.json >>'${bodies}'\nexec /usr/bin/curl "$@"\n`;
  await run(world, pipeline, { programs: { curl }, variables: { BRIDGE_TOKEN: 'of-project-42' } });
  expect(JSON.parse(await readFile(bodies, 'utf8'))).toMatchObject({
    reason: expect.any(String),
    pipeline: { id: pipeline.id, ref: 'main', sha: pipeline.sha },
  });
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
