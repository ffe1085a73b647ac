import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { environmentOver } from '../../bridge/cli/environment.ts';
import { ROOT } from './support.ts';

const BIN = path.join(ROOT, 'bridge/cli/bin.js');

function run(
  nodeArgs: readonly string[],
  args: readonly string[],
): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...nodeArgs, BIN, ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

test('the program is the bin of the package, and tells of its commands', () => {
  const { code, out, err } = run([], ['--help']);
  expect([code, err]).toEqual([0, '']);
  expect(out).toContain('setup');
});

test('on an older Node it runs on the project’s own, and hands its exit code on', () => {
  // Only what it says of its version is old; the Node that it then starts has no such flag.
  const old = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'20.20.0'})`;
  expect(run(['--import', old], ['setup', 'port', '--help'])).toMatchObject({ code: 0, err: '' });
  expect(run(['--import', old], ['nothing']).code).toBe(1);
});

test('settings come from .env beside the code, and the environment goes over them', () => {
  const files = new Map([
    ['/root/.env', 'PORT_CLIENT_ID=of-the-file\nPORT_CLIENT_SECRET="with space"\n# note\n'],
  ]);
  const readFile = (name: string): string => {
    const text = files.get(name);
    if (text === undefined) throw new Error(`no ${name}`);
    return text;
  };
  expect(environmentOver({ PORT_CLIENT_ID: 'of-the-shell' }, '/root', readFile)).toEqual({
    PORT_CLIENT_ID: 'of-the-shell',
    PORT_CLIENT_SECRET: 'with space',
  });
  expect(environmentOver({ A: 'b' }, '/elsewhere', readFile)).toEqual({ A: 'b' });
});
