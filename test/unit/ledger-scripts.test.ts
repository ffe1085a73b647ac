import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createStore, readScript } from '../../bridge/ledger/store.ts';
import { ledgerForTest } from './ledger.ts';

const FOLDER = new URL('../../bridge/ledger/lua/', import.meta.url);
const names = filesIn(FOLDER);
const includes = filesIn(new URL('include/', FOLDER));

test('there are scripts to look at', () => {
  expect(names.length).toBeGreaterThan(20);
  expect(includes.length).toBeGreaterThan(1);
});

test.each(names)(
  '%s.lua: its header names keys, arguments and the answer, and says first what it is for',
  (name) => {
    const { keys } = readScript(name);
    expect(keys.length).toBeGreaterThan(0);
    const [purpose = ''] = textOf(name).split('\n');
    expect(purpose).toMatch(/^-- [A-Z']\S* \S+/);
    expect(purpose).not.toMatch(/^-- (KEYS|ARGV|Answer|Include):/);
  },
);

test.each(names)('%s.lua: every declared name is used, and none twice', (name) => {
  const { keys, args } = readScript(name);
  const declared = [...keys, ...args].map((each) => each.replace(/\.\.\.$/, ''));
  expect(new Set(declared).size).toBe(declared.length);
  const body = bodyOf(name);
  for (const each of declared) expect(body, `uses ${each}`).toMatch(new RegExp(`\\b${each}\\b`));
});

test.each(names)('%s.lua: a list is declared last', (name) => {
  const { keys, args } = readScript(name);
  for (const each of [...keys.slice(0, -1), ...args.slice(0, -1)]) expect(each).toMatch(/^[a-z_]+$/);
});

test.each(names)('%s.lua: reads KEYS and ARGV by name only, and redis alone besides Lua itself', (name) => {
  const body = bodyOf(name);
  expect(body).not.toMatch(/\b(KEYS|ARGV)\b/);
  expect(body).not.toMatch(/redis\.(?!call\()/);
});

test.each(names)('%s.lua: includes what exists, and all that it includes', (name) => {
  const told = /^-- Include: (.*)$/m.exec(textOf(name))?.[1]?.split(', ') ?? [];
  for (const each of told) expect(includes).toContain(each);
  const body = bodyOf(name);
  for (const each of told) {
    const functions = functionsOf(each);
    expect(
      functions.some((one) => readScript(name).lua.split(`${one}(`).length > 2),
      each,
    ).toBe(true);
  }
  for (const each of includes.filter((one) => !told.includes(one))) {
    for (const one of functionsOf(each)) expect(body, `includes ${each}`).not.toContain(`${one}(`);
  }
});

test.each(includes)('include/%s.lua: says what it is for, is included, and reads no KEYS or ARGV', (name) => {
  const text = textOf(`include/${name}`);
  expect(text).toMatch(/^-- [A-Z]/);
  expect(withoutComments(text)).not.toMatch(/\b(KEYS|ARGV)\b/);
  expect(names.some((each) => new RegExp(`^-- Include: .*\\b${name}\\b`, 'm').test(textOf(each)))).toBe(true);
});

test('Redis takes every script, and no script sets a global', async () => {
  const { redis } = await ledgerForTest();
  for (const name of names) {
    await expect(redis.script('LOAD', readScript(name).lua), name).resolves.toMatch(/^[0-9a-f]{40}$/);
    // A line with several names and values is a table's.
    const assigned = [...bodyOf(name).matchAll(/^\s*([a-z_]+) = [^=]*$/gm)].map((match) => match[1] ?? '');
    for (const each of assigned) expect(bodyOf(name)).toMatch(new RegExp(`local [a-z_, ]*\\b${each}\\b`));
  }
});

test('a script that is not given a name of its header, or given another one, does not run', async () => {
  const { redis, prefix } = await ledgerForTest();
  const store = createStore(redis, prefix);
  const settle = store.script('settle-decision');
  const whole = { change: 'change:1', owed: 'owed:decision', sys_id: '1', revision: 0 };
  expect(await settle(whole)).toBe(1);
  for (const missing of Object.keys(whole)) {
    const rest = Object.fromEntries(Object.entries(whole).filter(([name]) => name !== missing));
    await expect(settle(rest)).rejects.toThrow(`settle-decision.lua was not given ${missing}.`);
  }
  await expect(settle({ ...whole, now: 1 })).rejects.toThrow('settle-decision.lua has no now.');
});

test('a script without a whole header, or that does not exist, is refused when it is read', () => {
  expect(() => readScript('include/move-status')).toThrow(/has no header/);
  expect(() => readScript('no-such-script')).toThrow(/no-such-script\.lua/);
});

function filesIn(folder: URL): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.lua'))
    .map((file) => file.slice(0, -'.lua'.length));
}

function textOf(name: string): string {
  return readFileSync(new URL(`${name}.lua`, FOLDER), 'utf8');
}

/** What runs of a script's own file. */
function bodyOf(name: string): string {
  return withoutComments(textOf(name));
}

function withoutComments(text: string): string {
  return text.replaceAll(/--.*$/gm, '');
}

/** The functions that a script may call of an include. */
function functionsOf(include: string): string[] {
  const text = textOf(`include/${include}`);
  return [...text.matchAll(/^local function ([a-z_]+)/gm)].map((match) => match[1] ?? '');
}
