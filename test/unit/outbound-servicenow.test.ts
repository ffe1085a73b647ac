import { describe, expect, onTestFinished, test } from 'vitest';
import { OutcomeUnknown, RequestRefused, UpstreamUnavailable } from '../../bridge/model/errors.ts';
import { Redactor } from '../../bridge/outbound/redactor.ts';
import { ServiceNow, type ServiceNowOptions } from '../../bridge/outbound/servicenow.ts';
import { startServiceNow } from '../../sandbox/servicenow/server.ts';
import { answering, localServer } from './local-server.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const BASIC = { kind: 'basic', token: 'Y2k6c2VjcmV0' } as const;

function client(instanceUrl: string, more: Partial<ServiceNowOptions> = {}): ServiceNow {
  const made = new ServiceNow({
    instanceUrl,
    auth: BASIC,
    tagsField: 'u_external_tags',
    clock: Date.now,
    timeoutMs: 5_000,
    redactor: new Redactor([]),
    ...more,
  });
  onTestFinished(() => made.close());
  return made;
}

function id(index: number): string {
  return index.toString(16).padStart(32, '0');
}

function row(index: number, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { sys_id: id(index), sys_mod_count: '3', number: `CHG${index}`, ...more };
}

/** An instance whose every answer is `result`; it keeps the addresses it was asked at. */
async function answers(result: unknown): Promise<{ servicenow: ServiceNow; paths: string[] }> {
  const paths: string[] = [];
  const server = await localServer((request, response) => {
    paths.push(request.url ?? '');
    answering(200, JSON_TYPE, JSON.stringify({ result }))(request, response);
  });
  return { servicenow: client(server.url), paths };
}

test.each([
  ['a link to the next page', { link: '<https://sn/a>;rel="first",<https://sn/b>;rel="next"' }, true],
  ['a total beyond this page', { 'x-total-count': '151' }, true],
  ['a total that ends with this page', { 'x-total-count': '150' }, false],
  ['a link to the last page only', { link: '<https://sn/a>;rel="last"', 'x-total-count': '3' }, false],
  ['neither header', {}, false],
])('an empty page with %s: more follow is %s', async (_what, headers, more) => {
  const paths: (string | undefined)[] = [];
  const server = await localServer((request, response) => {
    paths.push(request.url);
    answering(200, { ...JSON_TYPE, ...headers }, '{"result":[]}')(request, response);
  });
  const page = await client(server.url).pageOfChanges('active=true', 100, 50);
  expect(page).toEqual({ records: [], unreadable: [], more });
  expect(paths[0]).toContain('sysparm_limit=100&sysparm_offset=50');
});

describe('a row that makes no sense', () => {
  test.each([
    ['a sys_id that is no 32 hex digits', row(2, { sys_id: 'INC0001; drop' }), 'INC0001; drop'],
    ['no sys_id', row(2, { sys_id: undefined }), undefined],
    ['a sys_id that is no text', row(2, { sys_id: [] }), undefined],
    ['no version', row(2, { sys_mod_count: '' }), id(2)],
    ['a cell that is a list', row(2, { state: ['1'] }), id(2)],
    ['a cell that is an object without a value', row(2, { state: { display_value: 'New' } }), id(2)],
    ['null', null, undefined],
    ['a text', 'row', undefined],
    ['a list', [], undefined],
  ])('%s is told, and stops no other row of the page', async (_what, odd, sysId) => {
    const { servicenow } = await answers([row(1), odd, row(3)]);
    const page = await servicenow.pageOfChanges('', 1_000, 0);
    expect(page.records.map((record) => record.sysId)).toEqual([id(1), id(3)]);
    expect(page.unreadable).toHaveLength(1);
    expect(page.unreadable[0]?.sysId).toBe(sysId);
    expect(page.unreadable[0]?.reason).not.toBe('');
  });

  test('fails a list of which none must be missed', async () => {
    const { servicenow } = await answers([row(1), row(2, { state: [] })]);
    const failure = servicenow.listChanges('correlation_id=x', 5);
    await expect(failure).rejects.toThrow(UpstreamUnavailable);
    await expect(failure).rejects.toThrow(id(2));
  });

  test('fails a read of that one change, and a write is then of unknown outcome', async () => {
    const { servicenow } = await answers(row(1, { state: [] }));
    await expect(servicenow.readChange(id(1))).rejects.toThrow(UpstreamUnavailable);
    await expect(servicenow.patchChange(id(1), {})).rejects.toThrow(OutcomeUnknown);
  });
});

describe('cells', () => {
  test.each([
    ['a reference', { link: 'https://sn/api/x', value: 'v' }, 'v'],
    ['a pair of value and display value', { value: 'v', display_value: 'V' }, 'v'],
    ['an empty pair', { value: '', display_value: '' }, ''],
    ['a pair without a value yet', { value: null, display_value: null }, ''],
    ['null', null, ''],
    ['a number', 5, '5'],
    ['a truth', false, 'false'],
  ])('%s is read as its raw value, in a list and alone', async (_what, cell, expected) => {
    const odd = row(1, { state: cell, __meta: { ignoredFields: ['priority'] } });
    const list = await (await answers([odd])).servicenow.pageOfChanges('', 10, 0);
    const one = await (await answers(odd)).servicenow.readChange(id(1));
    for (const record of [list.records[0], one]) {
      expect(record?.fields).toEqual({
        sys_id: id(1),
        sys_mod_count: '3',
        number: 'CHG1',
        state: expected,
      });
    }
  });

  test('a whole record of pairs is read, its sys_id and version too', async () => {
    const pairs = Object.fromEntries(
      Object.entries(row(7)).map(([name, value]) => [name, { value, display_value: 'shown' }]),
    );
    const { servicenow } = await answers([{ ...pairs, __meta: {} }]);
    expect((await servicenow.pageOfChanges('', 10, 0)).records).toMatchObject([{ sysId: id(7), version: 3 }]);
  });

  test('a name that means something to JavaScript is a column like any other, or none', async () => {
    const server = await localServer(
      answering(
        200,
        JSON_TYPE,
        `{"result":[{"sys_id":"${id(1)}","sys_mod_count":"1","__proto__":"x","constructor":"y"}]}`,
      ),
    );
    const [record] = (await client(server.url).pageOfChanges('', 10, 0)).records;
    expect(Object.getPrototypeOf(record?.fields)).toBe(Object.prototype);
    expect(record?.fields['constructor']).toBe('y');
  });
});

describe('a page of a thousand', () => {
  const big = Array.from({ length: 1_000 }, (_, index) => row(index, { description: 'd'.repeat(12_000) }));

  test('of 12 kB a record is read, though a single record may not be that large', async () => {
    const { servicenow } = await answers(big);
    const page = await servicenow.pageOfChanges('', 1_000, 0);
    expect(page.records).toHaveLength(1_000);
    await expect(servicenow.readChange(id(1))).rejects.toThrow('larger than');
  });

  test('may take longer than a single record', async () => {
    const server = await localServer((request, response) => {
      setTimeout(() => answering(200, JSON_TYPE, '{"result":[]}')(request, response), 600);
    });
    const servicenow = client(server.url, { timeoutMs: 300 });
    expect((await servicenow.pageOfChanges('', 1_000, 0)).records).toEqual([]);
    await expect(servicenow.readChange(id(1))).rejects.toThrow(UpstreamUnavailable);
  });
});

describe('reading many changes by sys_id', () => {
  test('takes addresses under 8 kB, two at once, and asks for each id once', async () => {
    let under = 0;
    let most = 0;
    const asked: string[] = [];
    const server = await localServer((request, response) => {
      under += 1;
      most = Math.max(most, under);
      expect((request.url ?? '').length).toBeLessThan(8_000);
      const query = new URL(request.url ?? '', 'http://x').searchParams.get('sysparm_query') ?? '';
      const ids = query.replace('sys_idIN', '').split(',');
      asked.push(...ids);
      setImmediate(() => {
        under -= 1;
        const result = ids.map((sysId) => ({ sys_id: sysId, sys_mod_count: '1' }));
        answering(200, JSON_TYPE, JSON.stringify({ result }))(request, response);
      });
    });
    const ids = Array.from({ length: 1_001 }, (_, index) => id(index));
    const found = await client(server.url, { tagsField: 'u'.repeat(80) }).readChanges([...ids, ...ids]);
    expect([...found.keys()]).toEqual(ids);
    expect(asked).toEqual(expect.arrayContaining(ids));
    expect(asked).toHaveLength(1_001);
    expect(server.requests()).toBe(6);
    expect(most).toBeLessThanOrEqual(2);
  });

  test('tells apart what is there, what is there and cannot be read, and what was not answered', async () => {
    const { servicenow } = await answers([row(1), row(2, { state: [] }), row(9)]);
    const found = await servicenow.readChanges([id(1), id(2), id(3)]);
    expect(found.get(id(1))).toMatchObject({ sysId: id(1) });
    expect([...found.keys()].toSorted()).toEqual([id(1), id(2)]);
    expect(found.get(id(2))).toBeUndefined();
  });

  test('sends no query that an id could bend', async () => {
    const { servicenow, paths } = await answers([]);
    await expect(servicenow.readChanges([`${id(1)}^NQactive=true`])).rejects.toThrow();
    expect(paths).toEqual([]);
    expect(await servicenow.readChanges([])).toEqual(new Map());
    expect(paths).toEqual([]);
  });

  test('finds in an instance exactly those that exist', async () => {
    const instance = await startServiceNow({ integrationPassword: 'secret' });
    onTestFinished(() => instance.close());
    const token = Buffer.from('changebridge.integration:secret').toString('base64');
    const servicenow = client(instance.url, { auth: { kind: 'basic', token } });
    const made = await Promise.all(
      ['one', 'two', 'three'].map((text) => servicenow.createChange({ short_description: text })),
    );
    const ids = made.map((record) => record.sysId);
    const found = await servicenow.readChanges([...ids.slice(1), id(5)]);
    expect([...found.keys()].toSorted()).toEqual(ids.slice(1).toSorted());
    expect(found.get(ids[2] ?? '')?.fields['short_description']).toBe('three');
  });
});

test('an OAuth token is asked for once, however many calls wait for it', async () => {
  let tokens = 0;
  const server = await localServer((request, response) => {
    const isToken = request.url === '/oauth_token.do';
    if (isToken) tokens += 1;
    const body = isToken ? { access_token: 't', expires_in: 1_799 } : { result: [] };
    answering(200, JSON_TYPE, JSON.stringify(body))(request, response);
  });
  const servicenow = client(server.url, { auth: { kind: 'oauth', clientId: 'id', clientSecret: 'secret' } });
  await Promise.all(Array.from({ length: 8 }, () => servicenow.pageOfChanges('', 1, 0)));
  expect(tokens).toBe(1);
});

test('ServiceNow’s own words are told where it gives any', async () => {
  const told = { error: { message: 'Operation Failed', detail: 'ACL Exception\nUpdate Failed' } };
  const server = await localServer(answering(403, JSON_TYPE, JSON.stringify(told)));
  const failure = client(server.url).patchChange(id(1), {});
  await expect(failure).rejects.toThrow(RequestRefused);
  await expect(failure).rejects.toThrow(
    'ServiceNow answered 403: Operation Failed (ACL Exception Update Failed)',
  );
  const silent = await localServer(answering(403, JSON_TYPE, '{}'));
  await expect(client(silent.url).patchChange(id(1), {})).rejects.toThrow('ServiceNow answered 403.');
});
