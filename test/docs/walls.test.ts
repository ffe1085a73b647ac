import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { outside, WALLS } from './rooms.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CONFIG = readFileSync(path.join(ROOT, '.oxlintrc.json'), 'utf8');

/** Nothing of the product may know what only surrounds it. */
const PRODUCT = WALLS.filter(({ file }) => /^bridge\/\w+\/x\.ts$/.test(file)).map((wall) => ({
  ...wall,
  allowed: [],
  forbidden: outside('../../'),
  file: wall.file.replace('x.ts', 'y.ts'),
}));

/** What only main.ts may touch, one statement each. */
const PROCESS = [
  'export const a = process.env;',
  'export const a = Date.now();',
  'export const a = performance.now();',
  'export const a = Math.random();',
  'export const a = globalThis.process;',
  "import process from 'node:process'; export const a = process;",
];
const PLACES = [
  'bridge/cli',
  'bridge/cli/port-setup',
  'bridge/model',
  'bridge/flows/room',
  'bridge/http',
  'bridge/ledger',
  'queue',
];

const reportSchema = z.object({
  diagnostics: z.array(z.object({ message: z.string(), code: z.string(), filename: z.string() })),
});

let directory = '';
let found: ReadonlyMap<string, readonly string[]> = new Map();

beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'changebridge-walls-'));
  // Types are of no use here, and looking for them would take seconds.
  put('.oxlintrc.json', CONFIG.replace('"typeAware": true', '"typeAware": false'));
  for (const { file, allowed, forbidden } of [...WALLS, ...PRODUCT])
    put(file, imports([...allowed, ...forbidden]));
  for (const place of PLACES) PROCESS.forEach((statement, at) => put(`${place}/p${at}.ts`, statement));
  put('bridge/main.ts', PROCESS.slice(0, 2).join('\n').replace('const a', 'const b'));
  found = lint();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test.each([...WALLS, ...PRODUCT])(
  '$file imports what its room may know, and nothing else',
  ({ file, forbidden }) => {
    const refused = (found.get(file) ?? []).flatMap(
      (message) => /^'([^']+)' import is restricted/.exec(message)?.[1] ?? [],
    );
    expect(refused.toSorted()).toEqual([...forbidden].toSorted());
  },
);

test.each(PLACES)('%s: nothing but main.ts reads the process, the clock or chance', (place) => {
  const silent = PROCESS.filter((_, at) => !isRestricted(`${place}/p${at}.ts`));
  expect(silent).toEqual([]);
});

test('main.ts reads the process and the clock', () => {
  expect(isRestricted('bridge/main.ts')).toBe(false);
});

test('no file of the product but main.ts makes a date of now', () => {
  const sources = globSync(['bridge/**/*.ts', 'queue/**/*.ts'], { cwd: ROOT });
  expect(sources.length).toBeGreaterThan(100);
  const reading = sources.filter((file) => readsNow(readFileSync(path.join(ROOT, file), 'utf8')));
  expect(reading).toEqual([]);
  expect(readsNow('const now = new Date();')).toBe(true);
});

test('every room of the bridge has a wall of its own', () => {
  const folders = readdirSync(path.join(ROOT, 'bridge'), { withFileTypes: true }).filter((each) =>
    each.isDirectory(),
  );
  const without = folders.filter(({ name }) => !CONFIG.includes(`"files": ["bridge/${name}/`));
  expect(without.map(({ name }) => name)).toEqual([]);
});

function put(file: string, text: string): void {
  const place = path.join(directory, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, `${text}\n`);
}

/** An import of a value, of a type, a re-export or a late one: a wall has to stop each. */
function imports(specifiers: readonly string[]): string {
  const forms = [
    (from: string, at: number) => `import { a as a${at} } from '${from}';\nexport { a${at} };`,
    (from: string, at: number) => `import type { b as b${at} } from '${from}';\nexport type { b${at} };`,
    (from: string, at: number) => `export { c as c${at} } from '${from}';`,
    (from: string, at: number) => `export const d${at} = import('${from}');`,
  ];
  return specifiers.map((from, at) => forms[at % forms.length]?.(from, at) ?? '').join('\n');
}

function isRestricted(file: string): boolean {
  return (found.get(file) ?? []).length > 0;
}

function readsNow(source: string): boolean {
  return /new Date\(\)/.test(source);
}

/** What the linter says about the fixtures' imports, globals and properties: one set of messages a file. */
function lint(): ReadonlyMap<string, readonly string[]> {
  const oxlint = path.join(ROOT, 'node_modules/.bin/oxlint');
  const { stdout, stderr } = spawnSync(oxlint, ['--format=json'], { cwd: directory, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(`oxlint did not answer in JSON: ${stdout}${stderr}`);
  const messages = new Map<string, string[]>();
  for (const { filename, code, message } of reportSchema.parse(JSON.parse(stdout)).diagnostics) {
    if (!/no-restricted-(imports|globals|properties)/.test(code)) continue;
    messages.set(filename, [...new Set([...(messages.get(filename) ?? []), message])]);
  }
  return messages;
}
