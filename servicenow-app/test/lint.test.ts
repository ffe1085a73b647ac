import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkRecords, checkScript, fieldsOfQuery } from '../lint/conditions.ts';
import { readDictionary } from '../lint/dictionary.ts';
import { checkEngine } from '../lint/engine.ts';
import { lintApplication } from '../lint/main.ts';

const ROOT = join(import.meta.dirname, '..');
const RECORDS = `
  Table({ name: 'x_table', schema: { number: StringColumn({}), state: StringColumn({}) } });
  Record({ table: 'sys_dictionary', data: { name: 'change_request', element: 'u_external_tags' } });
`;
const dictionary = readDictionary([RECORDS]);

function rule(query: string): string {
  return `BusinessRule({ table: 'change_request', filterCondition: '${query}' });`;
}

function entry(filter: string): string {
  return `Record({ table: 'sys_app_module', data: { name: 'x_table', filter: '${filter}' } });`;
}

describe('what the engine refuses', () => {
  test.each([
    'Reflect.ownKeys({});',
    'new WeakRef({});',
    'new FinalizationRegistry(() => {});',
    'Atomics.load(a, 0);',
    'new Function("return 1");',
    'Function("return 1");',
    'eval("1");',
    'class A { async run() {} }',
    'class A { #secret = 1; }',
    'class A { #secret() {} }',
    'class A extends Error {}',
    'const A = class extends Map {};',
    'async function* all() {}',
    'const all = async function* () {};',
    'async function run() { for await (const a of b) a(); }',
    'await ready;',
    'process.exit();',
    'Buffer.from("");',
    'setTimeout(run, 1);',
    'console.log(1);',
    'fetch("https://example.com");',
    'new URL("https://example.com");',
    'const { href } = window.location;',
    'import fs from "node:fs";',
    'import { a } from "./a";',
    'export { a } from "left-pad";',
    'const a = import("./a.ts");',
    'const a = import.meta.url;',
    'const a = /x/d;',
    '[1].toSorted();',
    '[1].findLast((a) => a);',
    'const f = { process };',
    'process.process;',
    'using a = b;',
  ])('%s', (source) => {
    expect(checkEngine('a.ts', source)).toHaveLength(1);
  });

  test.each([
    'import { gs } from "@servicenow/glide"; gs.info("x");',
    'import { RESTMessageV2 } from "@servicenow/glide/sn_ws"; new RESTMessageV2();',
    'import { a } from "./a.ts"; a();',
    'const process = 1; export const b = process;',
    'const a = { process: 1, fetch() {} }; a.process; a.fetch();',
    'class A { static #count = 0; value = 1; run() { return async () => this.value; } }',
    'class B extends A {}',
    'export function f(event: { name: string }): string { return event.name; }',
    'const a = [1, 2].at(-1) ?? Object.hasOwn({}, "a"); a ||= 1_000n;',
    'function* all() { yield 1; } async function run() { await 1; }',
    'const a = /(?<year>\\d{4})/su;',
  ])('%s is accepted', (source) => {
    expect(checkEngine('a.ts', source)).toEqual([]);
  });

  test('a finding names the file and the line', () => {
    expect(checkEngine('a.ts', '\n\nReflect;')[0]).toMatchObject({ file: 'a.ts', line: 3 });
  });
});

describe('conditions', () => {
  test('the fields of a query are read through its operators', () => {
    const query =
      'approvalVALCHANGES^ORstate=3^NQnumberLIKEx^priorityIN1,2^categoryISNOTEMPTY^EQ^ORDERBYDESCorder';
    expect(fieldsOfQuery(query)).toEqual(['approval', 'state', 'number', 'priority', 'category', 'order']);
  });

  test('a rule whose condition names an unknown field is found', () => {
    expect(checkRecords('a', rule('approvalVALCHANGES^ORu_external_tagsVALCHANGES^EQ'), dictionary)).toEqual(
      [],
    );
    expect(checkRecords('a', rule('aprovalVALCHANGES^EQ'), dictionary)).toHaveLength(1);
    expect(checkRecords('a', rule('approvalVALCHNGES^EQ'), dictionary)).toHaveLength(1);
    expect(checkRecords('a', rule('u_tagsVALCHANGES^EQ'), dictionary)).toHaveLength(1);
  });

  test('a menu entry whose filter names an unknown field is found', () => {
    expect(checkRecords('a', entry('state=dead^ORDERBYDESCsys_created_on'), dictionary)).toEqual([]);
    expect(checkRecords('a', entry('status=dead'), dictionary)).toHaveLength(1);
  });

  test('a script that names an unknown field is found', () => {
    expect(checkScript('a', "row.setValue('state', 1); firstRow(t, 'number=1');", dictionary)).toEqual([]);
    expect(checkScript('a', "row.setValue('stat', 1);", dictionary)).toHaveLength(1);
    expect(checkScript('a', "firstRow(t, 'nummer=1');", dictionary)).toHaveLength(1);
    expect(checkScript('a', "textOf(row, 'nummer');", dictionary)).toHaveLength(1);
  });
});

describe('the application', () => {
  test('it has no finding', () => {
    expect(lintApplication(ROOT)).toEqual([]);
  });

  test('the script include loads the module of this version', () => {
    const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const include = readFileSync(join(ROOT, 'src/script-includes/ChangebridgeSelfTest.server.js'), 'utf8');
    expect(include).toContain(`require('x_chb_changebridge/${name}/${version}/src/server/self-test.ts')`);
  });

  test('names keep to the limits of the platform: 18 for the scope, 30 for tables, 40 for events', () => {
    const config = JSON.parse(readFileSync(join(ROOT, 'now.config.json'), 'utf8'));
    expect(config.scope.length).toBeLessThanOrEqual(18);
    const records = readdirSync(join(ROOT, 'src/fluent')).filter((file) => file.endsWith('.now.ts'));
    const text = records.map((file) => readFileSync(join(ROOT, 'src/fluent', file), 'utf8')).join('\n');
    const tables = [...text.matchAll(/Table\(\{\s*name: '([^']+)'/g)].map((match) => match[1] ?? '');
    const events = [...text.matchAll(/event_name: '([^']+)'/g)].map((match) => match[1] ?? '');
    expect(tables).toHaveLength(3);
    expect(events).toHaveLength(3);
    expect(tables.filter((table) => table.length > 30)).toEqual([]);
    expect(events.filter((event) => event.length > 40)).toEqual([]);
  });
});
