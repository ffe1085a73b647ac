import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ensurePrograms, pathOf } from '../../tools/programs.ts';

/** A directory that is all of a machine's PATH, with these programs in it. */
function bin(programs: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'changebridge-bin-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const directory = join(root, 'bin');
  mkdirSync(directory);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(directory, name), 0o755);
  }
  return directory;
}

/** An apt-get that notes how it is called, and "installs" jq, curl, make, openssl, redis-server and pgrep. */
function aptThatInstalls(programs: readonly string[]): { path: string; calls: () => string[] } {
  const directory = bin();
  const notes = join(directory, 'notes');
  const install = programs.map(
    (name) =>
      `mkdir -p "$(dirname ${directory}/${name})"; printf '#!/bin/sh\\n' >${directory}/${name}; chmod 755 ${directory}/${name}`,
  );
  const script = `#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>${notes}
case "$*" in *" install "*) ${install.join('; ') || ':'};; esac
case "$*" in *" install "*) [ -n "${programs.join('')}" ] || { echo 'E: Unable to locate package' >&2; exit 100; };; esac
`;
  writeFileSync(join(directory, 'apt-get'), script, { mode: 0o755 });
  return { path: directory, calls: () => readFileSync(notes, 'utf8').trim().split('\n') };
}

const quiet = (): void => undefined;
const ALL_FOR_TESTS = ['redis-server', 'jq', 'curl', 'make', 'openssl', 'pgrep', 'git', 'rsync'];
const OPTIONAL = ['busybox', '../lib/python3/dist-packages/gitlab/__init__.py'];

test('where nothing may be installed, one message names all that is missing and every way to get it', () => {
  const said: string[] = [];
  const machine = { env: { PATH: bin({ jq: '' }) }, isRoot: false, say: (text: string) => said.push(text) };
  expect(() => ensurePrograms(['tests'], machine)).toThrow(
    /^This machine lacks what is needed:\n {2}redis-server: .*\n {2}curl: .*\n {2}make: .*\n {2}openssl: .*\n {2}pgrep: /,
  );
  for (const way of [
    'apt-get install redis-server curl make openssl procps git rsync\n',
    'brew install redis curl make openssl proctools git rsync\n',
    'docker run',
    'REDIS_URL=',
  ]) {
    expect(() => ensurePrograms(['tests'], machine)).toThrow(way);
  }
  expect(said).toEqual([]);
});

test('root without apt-get, and apt-get without root, install nothing', () => {
  const apt = aptThatInstalls(ALL_FOR_TESTS);
  expect(() => ensurePrograms(['tests'], { env: { PATH: bin() }, isRoot: true, say: quiet })).toThrow(
    'lacks',
  );
  expect(() => ensurePrograms(['tests'], { env: { PATH: apt.path }, isRoot: false, say: quiet })).toThrow(
    'lacks',
  );
  expect(apt.calls).toThrow();
});

test('root on Debian: only what is missing is installed, in one go after one update, and is told', () => {
  const apt = aptThatInstalls([...ALL_FOR_TESTS, ...OPTIONAL]);
  writeFileSync(join(apt.path, 'curl'), '#!/bin/sh\n', { mode: 0o755 });
  const said: string[] = [];
  const machine = { env: { PATH: apt.path }, isRoot: true, say: (text: string) => said.push(text) };
  ensurePrograms(['tests'], machine);
  const calls = apt.calls();
  expect(calls).toHaveLength(2);
  expect(calls[0]).toMatch(/^noninteractive .* update$/);
  expect(calls[1]).toMatch(
    /^noninteractive .* install --yes --no-install-recommends redis-server jq make openssl procps git rsync busybox python3-gitlab$/,
  );
  expect(said[0]).toContain('redis-server, jq, make, openssl, procps, git, rsync, busybox, python3-gitlab');
  ensurePrograms(['tests'], machine);
  expect(apt.calls()).toHaveLength(2);
});

test('what is optional stops nobody: without root it is not asked for, and a failing apt-get is told', () => {
  const all = Object.fromEntries(ALL_FOR_TESTS.map((name) => [name, '']));
  const said: string[] = [];
  const say = (text: string): void => void said.push(text);
  const path = bin(all);
  expect(() => ensurePrograms(['tests'], { env: { PATH: path }, isRoot: false, say })).not.toThrow();
  expect(said).toEqual([]);
  const apt = aptThatInstalls([]);
  ensurePrograms(['tests'], { env: { PATH: `${apt.path}:${path}` }, isRoot: true, say });
  expect(said.slice(1)).toEqual([
    'busybox could not be installed; the tests that use it are skipped.',
    'python3-gitlab could not be installed; the tests that use it are skipped.',
  ]);
});

test('where apt-get fails, its own words come first and then the ways to get what is missing', () => {
  const apt = aptThatInstalls([]);
  const machine = { env: { PATH: apt.path }, isRoot: true, say: quiet };
  expect(() => ensurePrograms(['demo'], machine)).toThrow(
    /E: Unable to locate package[^]*brew install redis\n/,
  );
});

test('the tests do without redis-server where REDIS_URL names a Redis; the demo does not', () => {
  const programs = Object.fromEntries(ALL_FOR_TESTS.slice(1).map((name) => [name, '']));
  const env = { PATH: bin(programs), REDIS_URL: 'redis://127.0.0.1:6379' };
  const machine = { env, isRoot: false, say: quiet };
  expect(() => ensurePrograms(['tests'], machine)).not.toThrow();
  expect(() => ensurePrograms(['tests', 'demo'], machine)).toThrow('redis-server');
  expect(() => ensurePrograms(['tests'], { ...machine, env: { ...env, REDIS_URL: '' } })).toThrow(
    'redis-server',
  );
});

test('each purpose asks for its own programs alone', () => {
  const machine = { env: { PATH: bin() }, isRoot: false, say: quiet };
  expect(() => ensurePrograms(['demo'], machine)).toThrow('apt-get install redis-server\n');
  expect(() => ensurePrograms(['screenshots'], machine)).toThrow(
    'brew install redis && brew install --cask chromium',
  );
  expect(() => ensurePrograms(['pipelines'], machine)).toThrow(
    'apt-get install redis-server jq curl make git rsync\n',
  );
});

test('any name of a program will do, and a file that cannot be run is none', () => {
  const path = bin({ 'google-chrome': '', chromium: '' });
  chmodSync(join(path, 'chromium'), 0o644);
  const names = ['chromium', 'google-chrome'];
  expect(pathOf(names, { PATH: `/nonexistent:${path}` })).toBe(join(path, 'google-chrome'));
  expect(pathOf(names, {})).toBeUndefined();
});

test('npm test on a machine that lacks them ends with the one message, before any test', () => {
  const path = bin({ node: `exec '${process.execPath}' "$@"` });
  const ran = spawnSync(
    process.execPath,
    ['node_modules/vitest/vitest.mjs', 'run', 'test/unit/tags.test.ts'],
    {
      // As somebody who may install nothing: root has an apt-get only where PATH shows one.
      env: { PATH: path },
      encoding: 'utf8',
    },
  );
  expect(ran.status).toBe(1);
  const shown = ran.stdout + ran.stderr;
  expect(shown.match(/This machine lacks what is needed/g)).toHaveLength(1);
  expect(shown).toContain('apt-get install redis-server jq curl make openssl procps');
  expect(shown).not.toMatch(/passed|No test files|Error/);
});
