import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { retryAfterSeconds, retryDelaySeconds } from '../src/server/backoff.ts';
import {
  drainChange,
  sweep,
  type Answer,
  type DeliveryPorts,
  type OutboxRow,
} from '../src/server/delivery.ts';
import { explain, judge } from '../src/server/outcome.ts';

const MINUTE = 60_000;
const accepted: Answer = { status: 202, detail: '', retryAfter: '', date: '' };

interface Bench {
  ports: DeliveryPorts;
  rows: (OutboxRow & { state: string })[];
  sent: string[];
  clock: { now: number };
  claims: Map<string, string>;
}

/** The ports in memory; each send takes the given time and may do something in the middle. */
function bench(
  answer: (row: OutboxRow) => Answer,
  duringSend: (row: OutboxRow) => void = () => undefined,
): Bench {
  const clock = { now: 0 };
  const rows: (OutboxRow & { state: string })[] = [];
  const sent: string[] = [];
  const claims = new Map<string, string>();
  const open = (changeId: string) => rows.find((row) => row.changeId === changeId && row.state === 'open');
  const find = (row: OutboxRow) => rows.find((each) => each.id === row.id);
  const close = (row: OutboxRow, state: string): void => {
    const found = find(row);
    if (found !== undefined) found.state = state;
  };
  const ports: DeliveryPorts = {
    outbox: {
      head: (changeId) => open(changeId),
      begin: (row) => {
        const found = find(row);
        if (found !== undefined) found.attempts += 1;
      },
      markDelivered: (row) => {
        close(row, 'delivered');
      },
      markFailed: (row) => {
        close(row, 'dead');
      },
      markWaiting: (row, _attempt, nextAttemptAt) => {
        const found = find(row);
        if (found !== undefined) found.nextAttemptAt = nextAttemptAt;
      },
      changesDue: (now, limit) => {
        const due = rows.filter((each) => each.state === 'open' && each.nextAttemptAt <= now);
        return [...new Set(due.slice(0, limit).map((each) => each.changeId))];
      },
      failuresSince: () => 0,
    },
    claims: {
      take: (changeId) => {
        if (claims.has(changeId)) return undefined;
        claims.set(changeId, 'token');
        return 'token';
      },
      release: (changeId) => {
        claims.delete(changeId);
      },
    },
    send: (row) => {
      sent.push(row.id);
      clock.now += 100;
      duringSend(row);
      return answer(row);
    },
    now: () => clock.now,
    random: () => 0.5,
  };
  return { ports, rows, sent, clock, claims };
}

function newRow(id: string, changeId: string): OutboxRow & { state: string } {
  return {
    id,
    changeId,
    number: 'CHG',
    payload: '{}',
    attempts: 0,
    nextAttemptAt: 0,
    giveUpAt: 72 * 60 * MINUTE,
    state: 'open',
  };
}

describe('delivery', () => {
  test('a second worker that comes in the middle of an attempt sends nothing', () => {
    const results: string[] = [];
    const at = bench(
      () => accepted,
      () => results.push(drainChange('a', 10_000, at.ports)),
    );
    at.rows.push(newRow('1', 'a'));
    expect(drainChange('a', 10_000, at.ports)).toBe('empty');
    expect(results).toEqual(['busy']);
    expect(at.sent).toEqual(['1']);
  });

  test('a row that is written while the last one is sent goes out in the same run', () => {
    const at = bench(
      () => accepted,
      ({ id }) => {
        if (id === '1') at.rows.push(newRow('2', 'a'));
      },
    );
    at.rows.push(newRow('1', 'a'));
    drainChange('a', 10_000, at.ports);
    expect(at.sent).toEqual(['1', '2']);
  });

  test('a row that is written just before the claim is released is not forgotten', () => {
    const at = bench(() => accepted);
    at.rows.push(newRow('1', 'a'));
    const claims = { ...at.ports.claims };
    let late = true;
    at.ports.claims.release = (changeId, token) => {
      if (late) at.rows.push(newRow('2', 'a'));
      late = false;
      claims.release(changeId, token);
    };
    drainChange('a', 10_000, at.ports);
    expect(at.sent).toEqual(['1', '2']);
  });

  test('an exception of the database lets the claim go', () => {
    const at = bench(() => accepted);
    at.rows.push(newRow('1', 'a'));
    at.ports.outbox.markDelivered = () => {
      throw new Error('database away');
    };
    expect(() => drainChange('a', 10_000, at.ports)).toThrow('database away');
    expect(at.claims.size).toBe(0);
  });

  test('a run stops after three failures, so that a bridge that is away holds no worker', () => {
    const at = bench(() => ({ ...accepted, status: 0 }));
    for (let count = 0; count < 10; count += 1) at.rows.push(newRow(`r${count}`, `c${count}`));
    sweep(25_000, at.ports);
    expect(at.sent).toHaveLength(3);
  });

  test('a run works through a backlog that is longer than one look at the table', () => {
    const at = bench(() => accepted);
    for (let count = 0; count < 450; count += 1) at.rows.push(newRow(`r${count}`, `c${count}`));
    sweep(60 * MINUTE, at.ports);
    expect(at.sent).toHaveLength(450);
  });

  test('a change that another worker holds is passed over, and the run ends', () => {
    const at = bench(() => accepted);
    at.rows.push(newRow('1', 'a'), newRow('2', 'b'));
    at.claims.set('a', 'other');
    sweep(60 * MINUTE, at.ports);
    expect(at.sent).toEqual(['2']);
  });

  test('a run ends when its time is over', () => {
    const at = bench(() => accepted);
    for (let count = 0; count < 10; count += 1) at.rows.push(newRow(`r${count}`, `c${count}`));
    sweep(350, at.ports);
    expect(at.sent.length).toBeLessThan(6);
  });

  test('whatever the bridge answers, every row ends delivered or visibly failed, in order for each change', () => {
    const status = fc.constantFrom(202, 200, 0, 401, 404, 409, 422, 429, 500, 503);
    fc.assert(
      fc.property(fc.array(status, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (statuses, count) => {
        const answers = [...statuses];
        const at = bench(() => ({ ...accepted, status: answers.shift() ?? 202 }));
        for (let index = 0; index < count; index += 1) at.rows.push(newRow(`r${index}`, `c${index % 3}`));
        for (let run = 0; run < 500 && at.rows.some((each) => each.state === 'open'); run += 1) {
          sweep(25_000, at.ports);
          at.clock.now += 60 * MINUTE;
        }
        expect(at.rows.every((each) => each.state !== 'open')).toBe(true);
        for (const change of ['c0', 'c1', 'c2']) {
          const firstSent = [...new Set(at.sent)].filter(
            (id) => at.rows.find((r) => r.id === id)?.changeId === change,
          );
          expect(firstSent).toEqual(at.rows.filter((r) => r.changeId === change).map((r) => r.id));
        }
      }),
    );
  });
});

describe('the wait before a retry', () => {
  test('it grows from half a minute to an hour, and its upper half is random', () => {
    const shortest = [1, 2, 3, 8, 50].map((attempts) => retryDelaySeconds(attempts, 0, () => 0));
    const longest = [1, 2, 3, 8, 50].map((attempts) => retryDelaySeconds(attempts, 0, () => 1));
    expect(shortest).toEqual([15, 30, 60, 1800, 1800]);
    expect(longest).toEqual([30, 60, 120, 3600, 3600]);
  });

  test('a longer wait that the bridge asks for is kept, up to six hours', () => {
    expect(retryDelaySeconds(1, 600, () => 0)).toBe(600);
    expect(retryDelaySeconds(1, 10, () => 0)).toBe(15);
    expect(retryDelaySeconds(1, 999_999, () => 0)).toBe(6 * 3600);
  });

  test('Retry-After is read as seconds and as a date', () => {
    const now = Date.UTC(2026, 10, 21, 10, 0, 0);
    expect(retryAfterSeconds('120', now)).toBe(120);
    expect(retryAfterSeconds('Sat, 21 Nov 2026 10:01:00 GMT', now)).toBe(60);
    expect(retryAfterSeconds('Sat, 21 Nov 2026 09:00:00 GMT', now)).toBe(0);
    expect(retryAfterSeconds('', now)).toBe(0);
    expect(retryAfterSeconds('soon', now)).toBe(0);
  });
});

describe('the verdict on an answer', () => {
  test.each([200, 202, 204])('%i is delivered', (status) => {
    expect(judge(status)).toBe('delivered');
  });

  test.each([400, 409, 410, 413, 415, 422])('%i is refused for good', (status) => {
    expect(judge(status)).toBe('refused');
  });

  test.each([0, 301, 401, 403, 404, 408, 425, 429, 500, 502, 503, 504])('%i is tried again', (status) => {
    expect(judge(status)).toBe('retry');
  });

  test('every explanation says what to check or do', () => {
    for (const status of [0, 301, 400, 401, 403, 404, 405, 409, 422, 429, 500, 503]) {
      expect(explain(status, 'detail')).toMatch(/Check|Mend|Nothing to do/);
    }
  });
});
