import { existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { read, ROOT } from './documents.ts';

const TEXT = read('docs/guarantees.md');

/** A test that is said to hold a guarantee: its file, and its name as it stands there. */
type Holder = { readonly file: string; readonly name: string };

/** The guarantees of a document, each with the tests that follow it. */
function guaranteesIn(text: string): Map<string, Holder[]> {
  const guarantees = new Map<string, Holder[]>();
  let holders: Holder[] = [];
  for (const line of text.split('\n')) {
    const [, guarantee] = /^\*\*(.+?)\*\*/.exec(line) ?? [];
    if (guarantee !== undefined) guarantees.set(guarantee, (holders = []));
    const [, file, name] = /^- `([^`]+)`: (.+)$/.exec(line) ?? [];
    if (file !== undefined && name !== undefined) holders.push({ file, name });
  }
  return guarantees;
}

/** The names of the tests in a source, without those that are skipped or only intended. */
function testNamesIn(source: string): Set<string> {
  const call =
    /(?:^|[\s;])test(\.(?:concurrent|each|for|runIf|skipIf|skip|todo))*(?:\(|\([\s\S]{0,2000}?\)\()\s*(['"`])((?:\\.|(?!\2)[^\\])+)\2/g;
  const names = new Set<string>();
  for (const [, modifier, , name = ''] of source.matchAll(call))
    if (modifier !== '.skip' && modifier !== '.todo') names.add(name);
  return names;
}

function missingIn(text: string): string[] {
  return [...guaranteesIn(text)].flatMap(([guarantee, holders]) => {
    if (holders.length === 0) return [`nothing holds: ${guarantee}`];
    return holders
      .filter(({ file, name }) => !existsSync(path.join(ROOT, file)) || !testNamesIn(read(file)).has(name))
      .map(({ file, name }) => `${file} has no test: ${name}`);
  });
}

test('every guarantee has tests, and each of them exists', () => {
  expect(guaranteesIn(TEXT).size).toBeGreaterThan(30);
  expect(missingIn(TEXT)).toEqual([]);
});

test('every line of the guarantees is read', () => {
  const lines = TEXT.split('\n').filter((line) => line.startsWith('- '));
  const holders = [...guaranteesIn(TEXT).values()].flat();
  expect(holders.length).toBe(lines.length);
  expect(new Set(lines).size).toBe(lines.length);
});

test('a guarantee without a test, and a test that is not there, are told', () => {
  const text = [
    '**It cannot break.** Really.',
    '**It holds.**',
    '- `test/docs/guarantees.test.ts`: every guarantee has tests, and each of them exists',
    '- `test/docs/guarantees.test.ts`: nobody wrote this one',
    '- `test/docs/nothing.test.ts`: nor this',
  ].join('\n');
  expect(missingIn(text)).toEqual([
    'nothing holds: It cannot break.',
    'test/docs/guarantees.test.ts has no test: nobody wrote this one',
    'test/docs/nothing.test.ts has no test: nor this',
  ]);
});

test('a test that is skipped or only intended holds nothing; one of a table does', () => {
  const source = `
test.skip('skipped', () => {});
test.todo('intended');
test.concurrent('at once', () => {});
test.each(['a', (b) => b])(
  'of a table %s',
  () => {},
);
  test(\`within a group\`, () => {});`;
  expect([...testNamesIn(source)]).toEqual(['at once', 'of a table %s', 'within a group']);
});
