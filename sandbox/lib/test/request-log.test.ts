import { expect, test } from 'vitest';
import { LoggedRequest, RequestLog } from '../request-log.ts';

function request(path: string, text = ''): LoggedRequest {
  return new LoggedRequest({ at: 0, method: 'POST', path, query: '', text });
}

test('a log keeps the latest requests and no more than asked for', () => {
  const log = new RequestLog(2);
  for (const path of ['/1', '/2', '/3']) log.add(request(path));
  expect(log.list().map((each) => each.path)).toEqual(['/2', '/3']);
  const none = new RequestLog(0);
  none.add(request('/1'));
  expect(none.length).toBe(0);
});

test('a log forgets old requests before their bodies fill the memory', () => {
  const log = new RequestLog();
  const body = 'x'.repeat(1024 * 1024);
  for (let index = 0; index < 100; index += 1) log.add(request(`/${index}`, body));
  expect(log.list().reduce((sum, each) => sum + each.text.length, 0)).toBeLessThanOrEqual(16 * 1024 * 1024);
  expect(log.list().at(-1)?.path).toBe('/99');
  log.clear();
  log.add(request('/after', body));
  expect(log.length).toBe(1);
});

test('a body is read as JSON where it is JSON, and as text where it is not', () => {
  expect(request('/', '{"a":1}').body).toEqual({ a: 1 });
  expect(request('/', 'a=1').body).toBe('a=1');
  expect(request('/').body).toBeUndefined();
});
