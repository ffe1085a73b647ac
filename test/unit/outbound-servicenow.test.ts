import { expect, onTestFinished, test } from 'vitest';
import { Redactor } from '../../bridge/outbound/redactor.ts';
import { ServiceNow } from '../../bridge/outbound/servicenow.ts';
import { answering, localServer } from './local-server.ts';

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
    answering(200, { 'content-type': 'application/json', ...headers }, '{"result":[]}')(request, response);
  });
  const client = new ServiceNow({
    instanceUrl: server.url,
    auth: { kind: 'basic', token: 'Y2k6c2VjcmV0' },
    tagsField: 'u_external_tags',
    clock: Date.now,
    timeoutMs: 5_000,
    redactor: new Redactor([]),
  });
  onTestFinished(() => client.close());
  expect(await client.pageOfChanges('active=true', 100, 50)).toEqual({ records: [], unreadable: [], more });
  expect(paths[0]).toContain('sysparm_limit=100&sysparm_offset=50');
});
