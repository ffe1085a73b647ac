import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startGitLab } from '../../gitlab/server.ts';
import { startPort } from '../../port/server.ts';
import { startServiceNow } from '../../servicenow/server.ts';

const faultsSchema = z.object({
  kinds: z.array(z.string()),
  faults: z.array(z.looseObject({ kind: z.string(), timesLeft: z.number().nullable() })),
});
const requestsSchema = z.object({ requests: z.array(z.looseObject({ url: z.string() })) });

type Running = { origin: string; close: () => Promise<void> };

const START: Record<string, () => Promise<Running>> = {
  async servicenow() {
    const { url, close } = await startServiceNow();
    return { origin: url, close };
  },
  port: () => startPort({ clientId: 'id', clientSecret: 'secret' }),
  async gitlab() {
    const { url, close } = await startGitLab({ projects: [] });
    return { origin: url, close };
  },
};
const API: Record<string, string> = {
  servicenow: '/api/now/table/x',
  port: '/v1/users',
  gitlab: '/api/v4/x',
};

describe.each(['servicenow', 'port', 'gitlab'])('the controls of %s', (name) => {
  let standIn: Running;
  beforeAll(async () => {
    standIn = await (START[name]?.() ?? Promise.reject(new Error(name)));
  });
  afterAll(() => standIn.close());
  const call = (path: string, method = 'GET', body?: object) =>
    fetch(standIn.origin + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

  test('switch a fault on, list it and switch it off at the same address with the same body', async () => {
    const added = await call('/_sandbox/faults', 'POST', { kind: '500', times: 2, match: '^GET ' });
    expect(added.status).toBe(201);
    expect(faultsSchema.parse(await added.json()).faults).toMatchObject([{ kind: '500', timesLeft: 2 }]);
    expect((await call(API[name] ?? '')).status).toBe(500);
    expect((await call('/_sandbox/faults?kind=500', 'DELETE')).status).toBe(204);
    expect(faultsSchema.parse(await (await call('/_sandbox/faults')).json()).faults).toEqual([]);
    expect((await call(API[name] ?? '')).status).not.toBe(500);
  });

  test('refuse a field that the kind does not have, and a match that is no expression', async () => {
    for (const wrong of [
      { kind: '500', ms: 5 },
      { kind: '500', match: '(' },
      { kind: 'flood' },
      { times: 1 },
    ]) {
      const refused = await call('/_sandbox/faults', 'POST', wrong);
      expect([400, 422]).toContain(refused.status);
      expect(await refused.text()).toContain('timeout-after-effect');
    }
  });

  test('tell and forget what callers asked', async () => {
    await call(`${API[name]}?a=1`);
    const asked = requestsSchema.parse(await (await call('/_sandbox/requests?containing=a=1')).json());
    expect(asked.requests.map((each) => each.url)).toEqual([`${API[name]}?a=1`]);
    await call('/_sandbox/requests', 'DELETE');
    expect(requestsSchema.parse(await (await call('/_sandbox/requests')).json()).requests).toEqual([]);
  });

  test('are told in the README: each kind of fault stands in its table, and no other', async () => {
    const { kinds } = faultsSchema.parse(await (await call('/_sandbox/faults')).json());
    const readme = readFileSync(new URL(`../../${name}/README.md`, import.meta.url), 'utf8');
    const table = readme.slice(readme.indexOf('## Faults'));
    const rows = table.split('\n').filter((line) => line.startsWith('| `'));
    const told = rows.flatMap((row) =>
      [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, kind]) => kind),
    );
    expect(new Set(told)).toEqual(new Set(kinds));
  });
});
