import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CONFIG = readFileSync(path.join(ROOT, '.oxlintrc.json'), 'utf8');

/** A file of a room, what it may import, and what it may not. */
type Wall = {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
};

const OUTSIDE = ['sandbox', 'stage', 'test', 'tools', 'bench'];
const outside = (up: string): string[] => OUTSIDE.map((folder) => `${up}${folder}/x.ts`);
const siblings = (up: string, names: readonly string[]): string[] => names.map((name) => `${up}${name}/x.ts`);
const rooms = (but: readonly string[]): string[] =>
  ['model', 'ledger', 'outbound', 'http', 'inbound', 'flows', 'operator'].filter(
    (room) => !but.includes(room),
  );

const WALLS: readonly Wall[] = [
  {
    file: 'bridge/model/x.ts',
    allowed: ['./change.ts', 'zod'],
    forbidden: [
      ...siblings('../', rooms(['model'])),
      '../config.ts',
      '../../queue/x.ts',
      'ioredis',
      'node:fs',
      'hono',
    ],
  },
  {
    file: 'bridge/ledger/x.ts',
    allowed: ['./store.ts', '../model/change.ts', 'ioredis', 'zod', 'node:crypto'],
    forbidden: [
      ...siblings('../', rooms(['model', 'ledger'])),
      '../config.ts',
      '../log.ts',
      '../../queue/x.ts',
      'bullmq',
    ],
  },
  {
    file: 'bridge/outbound/x.ts',
    allowed: ['./http.ts', '../model/errors.ts', 'undici', 'zod'],
    forbidden: [
      ...siblings('../', rooms(['model', 'outbound'])),
      '../config.ts',
      '../../queue/x.ts',
      'ioredis',
      'bullmq',
    ],
  },
  {
    file: 'bridge/http/x.ts',
    allowed: ['./problem.ts', '../model/jobs.ts', '../config.ts', '../log.ts', 'hono'],
    forbidden: [
      ...siblings('../', rooms(['model', 'http'])),
      '../service.ts',
      '../../queue/x.ts',
      'ioredis',
      'bullmq',
    ],
  },
  {
    file: 'bridge/inbound/x.ts',
    allowed: [
      './accept.ts',
      ...siblings('../', ['http', 'ledger', 'model']),
      '../config.ts',
      '../log.ts',
      'hono',
    ],
    forbidden: [
      ...siblings('../', rooms(['model', 'http', 'ledger', 'inbound'])),
      '../service.ts',
      '../../queue/x.ts',
      'undici',
      'bullmq',
    ],
  },
  {
    file: 'bridge/operator/x.ts',
    allowed: ['./page.ts', ...siblings('../', ['http', 'ledger', 'model']), '../../queue/queues.ts', 'hono'],
    forbidden: [
      ...siblings('../', rooms(['model', 'http', 'ledger', 'operator'])),
      '../service.ts',
      '../../queue/connection.ts',
      'undici',
      'bullmq',
    ],
  },
  {
    file: 'bridge/operator/presenters/x.ts',
    allowed: ['./time.ts', '../page.ts', ...siblings('../../', ['http', 'ledger', 'model'])],
    forbidden: [
      ...siblings('../../', rooms(['model', 'http', 'ledger', 'operator'])),
      '../../../queue/queues.ts',
    ],
  },
  {
    file: 'bridge/flows/x.ts',
    allowed: ['./shared/flow.ts', ...siblings('../', ['ledger', 'outbound', 'model'])],
    forbidden: [
      './gate.ts',
      './reconcile/servicenow.ts',
      './index.ts',
      ...siblings('../', ['http', 'inbound', 'operator']),
      '../config.ts',
      '../../queue/queues.ts',
      'bullmq',
    ],
  },
  {
    file: 'bridge/flows/room/x.ts',
    allowed: ['./plan.ts', '../shared/flow.ts', ...siblings('../../', ['ledger', 'outbound', 'model'])],
    forbidden: [
      '../gate.ts',
      '../index.ts',
      '../reconcile/servicenow.ts',
      ...siblings('../../', ['http', 'inbound', 'operator']),
      '../../config.ts',
      '../../../queue/queues.ts',
      'bullmq',
    ],
  },
  {
    file: 'bridge/flows/shared/x.ts',
    allowed: [
      './flow.ts',
      '../index.ts',
      ...siblings('../../', ['ledger', 'outbound', 'model']),
      '../../log.ts',
    ],
    forbidden: [
      '../gate.ts',
      '../reconcile/servicenow.ts',
      '../../http/x.ts',
      '../../config.ts',
      '../../../queue/x.ts',
    ],
  },
  {
    file: 'bridge/flows/index.ts',
    allowed: ['./gate.ts', './reconcile/index.ts', './shared/flow.ts'],
    forbidden: ['../ledger/x.ts', '../outbound/x.ts', '../service.ts', '../../queue/queues.ts'],
  },
  {
    file: 'bridge/service.ts',
    allowed: ['./app.ts', './flows/index.ts', '../queue/queues.ts'],
    forbidden: [...outside('../'), 'bullmq', 'node:process'],
  },
  {
    file: 'queue/x.ts',
    allowed: ['./queues.ts', 'bullmq', 'ioredis', 'zod'],
    forbidden: ['../bridge/model/errors.ts', '../bridge/flows/index.ts', ...outside('../'), 'node:process'],
  },
  {
    // It starts and ends a process of its own.
    file: 'queue/redis-server.ts',
    allowed: ['./connection.ts', 'node:process'],
    forbidden: ['../bridge/config.ts', ...outside('../')],
  },
  {
    file: 'sandbox/port/api/x.ts',
    allowed: ['./app.ts', '../state/store.ts', '../../lib/faults.ts', 'hono', 'node:process'],
    forbidden: [
      '../../../bridge/model/change.ts',
      '../../../queue/queues.ts',
      '../../../stage/stage.ts',
      '../../../test/x.ts',
    ],
  },
  {
    file: 'sandbox/port/server.ts',
    allowed: ['./options.ts', '../lib/listen.ts'],
    forbidden: [
      '../../bridge/model/change.ts',
      '../../queue/queues.ts',
      '../../stage/stage.ts',
      '../../test/x.ts',
    ],
  },
];
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
const PLACES = ['bridge/model', 'bridge/flows/room', 'bridge/http', 'bridge/ledger', 'queue'];

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
