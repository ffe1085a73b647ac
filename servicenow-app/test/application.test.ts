import { Webhook } from 'standardwebhooks';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createPlatform, newId, rowsOf, type Platform } from './support/platform.ts';

let platform: Platform = createPlatform();

vi.mock('@servicenow/glide', async () => (await import('./support/platform.ts')).glideOf(() => platform));
vi.mock('@servicenow/glide/sn_ws', async () =>
  (await import('./support/platform.ts')).webServicesOf(() => platform),
);

const { GlideRecord } = await import('@servicenow/glide');
const rules = await import('../src/server/rules.ts');
const jobs = await import('../src/server/jobs.ts');
const buttons = await import('../src/server/ui-actions.ts');
const selfTest = await import('../src/server/self-test.ts');

const OUTBOX = 'x_chb_changebridge_outbox';
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const SECOND_SECRET = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const MINUTE = 60_000;

beforeEach(() => {
  platform = createPlatform();
  platform.columns.set('change_request', new Set(COLUMNS));
  set('enabled', 'true');
  set('bridge_url', 'https://bridge.example.com');
  set('secret_primary', SECRET);
});

const COLUMNS = [
  ...'sys_id number sys_mod_count sys_updated_on sys_updated_by approval state short_description'.split(' '),
  ...'description priority category active business_service requested_by sys_created_on sys_created_by'.split(
    ' ',
  ),
  'u_external_tags',
];

function set(name: string, value: string): void {
  platform.properties.set(`x_chb_changebridge.${name}`, value);
}

function saveChange(fields: Record<string, string> = {}, id = newId()) {
  const stored = new Map(
    Object.entries({
      sys_id: id,
      number: 'CHG0030001',
      sys_mod_count: '1',
      active: '1',
      approval: 'requested',
      ...fields,
    }),
  );
  const changes = platform.tables.get('change_request') ?? new Map();
  changes.set(id, stored);
  platform.tables.set('change_request', changes);
  const change = new GlideRecord('change_request');
  change.get(id);
  return change;
}

function fireEvents(): void {
  for (const { parm1 } of platform.events.splice(0)) {
    const event = new GlideRecord('sysevent');
    event.setValue('parm1', parm1);
    jobs.deliverOnEvent(event, new GlideRecord(OUTBOX));
  }
}

function states(): string[] {
  return rowsOf(platform, OUTBOX).map((row) => row['state'] ?? '');
}

/** What was sent besides the questions whether the bridge is there. */
function deliveries() {
  return platform.requests.filter(({ body }) => JSON.parse(body).event !== 'ping');
}

function firstDelivery() {
  const [row] = rowsOf(platform, OUTBOX);
  const delivery = new GlideRecord(OUTBOX);
  delivery.get(row?.['sys_id'] ?? '');
  return delivery;
}

describe('the rules', () => {
  test('a save is recorded with one row and one event, and no call leaves in the rule', () => {
    rules.onChangeUpdated(saveChange());
    expect(states()).toEqual(['pending']);
    expect(platform.events.map(({ name }) => name)).toEqual(['x_chb_changebridge.deliver']);
    expect(platform.requests).toEqual([]);
  });

  test('the change itself is never written', () => {
    const change = saveChange();
    rules.onChangeCreated(change);
    rules.onChangeUpdated(change);
    fireEvents();
    jobs.everyMinute();
    expect(platform.writes.filter((write) => write.includes('change_request'))).toEqual([]);
  });

  test('the same version is recorded once, however often the rule runs', () => {
    const change = saveChange();
    rules.onChangeUpdated(change);
    rules.onChangeUpdated(change);
    expect(states()).toHaveLength(1);
  });

  test('nothing is recorded and nothing is sent while the app is switched off', () => {
    rules.onChangeUpdated(saveChange());
    set('enabled', 'false');
    rules.onChangeUpdated(saveChange());
    fireEvents();
    jobs.everyMinute();
    expect(states()).toEqual(['pending']);
    expect(platform.requests).toEqual([]);
  });

  test('every part of the filter is bound to the saved change', () => {
    set('change_filter', 'category=network^NQpriority=1');
    saveChange({ category: 'network' });
    rules.onChangeUpdated(saveChange({ category: 'software', priority: '3' }));
    expect(states()).toEqual([]);
    rules.onChangeUpdated(saveChange({ category: 'software', priority: '1' }));
    expect(states()).toEqual(['pending']);
  });

  test('a rule that fails tells the log and does not throw', () => {
    const change = saveChange();
    platform.tables.set(OUTBOX, new Map([['x', new Map()]]));
    platform.unique.set(OUTBOX, 'event');
    platform.tables.get(OUTBOX)?.get('x')?.set('event', 'change.updated');
    expect(() => {
      rules.onChangeUpdated(change);
    }).not.toThrow();
    expect(platform.errors.join()).toContain('was not recorded');
  });

  test('a delete is recorded although the change is gone and a filter is set', () => {
    set('change_filter', 'category=network');
    const change = saveChange();
    platform.tables.get('change_request')?.clear();
    rules.onChangeDeleted(change);
    expect(rowsOf(platform, OUTBOX).map((row) => row['event'])).toEqual(['change.deleted']);
  });
});

describe('the delivery', () => {
  test('a message arrives with a signature that a Standard Webhooks receiver accepts', () => {
    vi.setSystemTime(platform.now);
    rules.onChangeUpdated(saveChange({ short_description: 'Größe ändern 🚀', u_external_tags: 'r_1' }));
    fireEvents();
    const request = platform.requests[0];
    const headers = Object.fromEntries(request?.headers ?? []);
    const body = new Webhook(SECRET).verify(request?.body ?? '', headers);
    expect(body).toMatchObject({ event: 'change.updated', record: { short_description: 'Größe ändern 🚀' } });
    expect(request).toMatchObject({
      url: 'https://bridge.example.com/webhooks/servicenow',
      timeoutMs: 10_000,
    });
    expect(states()).toEqual(['delivered']);
    vi.useRealTimers();
  });

  test('while the secret is replaced, holders of either secret accept the message', () => {
    vi.setSystemTime(platform.now);
    set('secret_secondary', SECOND_SECRET);
    rules.onChangeUpdated(saveChange());
    fireEvents();
    const request = platform.requests[0];
    const headers = Object.fromEntries(request?.headers ?? []);
    for (const secret of [SECRET, SECOND_SECRET]) {
      expect(() => new Webhook(secret).verify(request?.body ?? '', headers)).not.toThrow();
    }
    vi.useRealTimers();
  });

  test('every retry carries the same id and the same body', () => {
    platform.answer = () => ({ status: 503 });
    rules.onChangeUpdated(saveChange());
    fireEvents();
    platform.now += 10 * MINUTE;
    jobs.everyMinute();
    const sent = deliveries().map(({ headers, body }) => [headers.get('webhook-id'), body]);
    expect(sent).toHaveLength(2);
    expect(sent[0]).toEqual(sent[1]);
  });

  test('versions arrive in their order even when the rules ran out of order, and a newer one waits for an older one', () => {
    platform.answer = () => ({ status: 503 });
    const id = newId();
    rules.onChangeUpdated(saveChange({ sys_mod_count: '2' }, id));
    fireEvents();
    rules.onChangeUpdated(saveChange({ sys_mod_count: '10' }, id));
    rules.onChangeUpdated(saveChange({ sys_mod_count: '3' }, id));
    platform.answer = () => ({ status: 202 });
    fireEvents();
    expect(platform.requests).toHaveLength(1);
    platform.now += 10 * MINUTE;
    jobs.everyMinute();
    const versions = deliveries().map(({ body }) => JSON.parse(body).record.sys_mod_count);
    expect(versions).toEqual(['2', '2', '3', '10']);
  });

  test('a message that the bridge refuses for good is failed at once, logged, and holds back nothing', () => {
    platform.answer = ({ body }) => ({ status: body.includes('"sys_mod_count":"2"') ? 422 : 202 });
    const id = newId();
    rules.onChangeUpdated(saveChange({ sys_mod_count: '2' }, id));
    rules.onChangeUpdated(saveChange({ sys_mod_count: '3' }, id));
    fireEvents();
    expect(states()).toEqual(['dead', 'delivered']);
    expect(platform.errors.join()).toContain('failed for good');
  });

  test('a message is failed, not dropped, when the time for retries is over', () => {
    platform.answer = () => ({ status: 0 });
    rules.onChangeUpdated(saveChange());
    fireEvents();
    platform.now += 73 * 60 * MINUTE;
    jobs.everyMinute();
    expect(states()).toEqual(['dead']);
    expect(rowsOf(platform, OUTBOX)[0]?.['last_error']).toContain('Given up');
  });

  test('a worker that died in an attempt is succeeded after five minutes', () => {
    rules.onChangeUpdated(saveChange({}, 'a'.repeat(32)));
    const claim = new GlideRecord('x_chb_changebridge_claim');
    claim.setValue('record_id', 'a'.repeat(32));
    claim.setValue('claimed_at', '2026-11-21 10:00:00');
    claim.insert();
    platform.tables.get(OUTBOX)?.forEach((row) => row.set('state', 'delivering'));
    platform.now += 4 * MINUTE;
    jobs.everyMinute();
    expect(states()).toEqual(['delivering']);
    platform.now += MINUTE;
    jobs.everyMinute();
    expect(states()).toEqual(['delivered']);
    expect(rowsOf(platform, 'x_chb_changebridge_claim')).toEqual([]);
  });

  test('an exception of the platform counts as no answer and the message goes again', () => {
    platform.answer = () => {
      throw new Error('UnknownHostException');
    };
    rules.onChangeUpdated(saveChange());
    fireEvents();
    expect(rowsOf(platform, OUTBOX)[0]).toMatchObject({ state: 'pending', attempts: '1', http_status: '0' });
  });

  test('no secret reaches a row, a log line or a body', () => {
    set('secret_secondary', SECOND_SECRET);
    platform.answer = () => ({ status: 401, body: 'signature not accepted' });
    rules.onChangeUpdated(saveChange());
    fireEvents();
    jobs.everyMinute();
    const everything = JSON.stringify([
      ...[...platform.tables.keys()].map((table) => rowsOf(platform, table)),
      platform.errors,
      platform.requests.map(({ body, headers }) => [body, ...headers]),
    ]);
    for (const secret of [SECRET, SECOND_SECRET]) {
      expect(everything).not.toContain(secret.slice('whsec_'.length));
    }
  });

  test('delivered messages are removed after the set days, failed ones stay', () => {
    platform.answer = ({ body }) => ({ status: body.includes('CHG0030002') ? 400 : 202 });
    rules.onChangeUpdated(saveChange());
    rules.onChangeUpdated(saveChange({ number: 'CHG0030002' }));
    fireEvents();
    platform.now += 15 * 24 * 60 * MINUTE;
    jobs.everyMinute();
    expect(states()).toEqual(['dead']);
  });

  test('while the bridge is away, new events leave their messages to the job', () => {
    platform.answer = () => ({ status: 0 });
    for (let count = 0; count < 5; count += 1) rules.onChangeUpdated(saveChange());
    fireEvents();
    expect(platform.requests).toHaveLength(3);
  });
});

describe('what people see', () => {
  test('Resend to portal queues the change as it is now and calls nobody', () => {
    const change = saveChange();
    rules.onChangeUpdated(change);
    fireEvents();
    const sentBefore = platform.requests.length;
    const redirects: unknown[] = [];
    buttons.resendToPortal(change, { setRedirectURL: (target) => redirects.push(target) });
    expect(rowsOf(platform, OUTBOX).map((row) => row['origin'])).toEqual(['rule', 'resend']);
    expect(platform.requests).toHaveLength(sentBefore);
    expect(redirects).toEqual([change]);
  });

  test('Retry now sends a failed message again under the same id', () => {
    platform.answer = () => ({ status: 422 });
    rules.onChangeUpdated(saveChange());
    fireEvents();
    platform.answer = () => ({ status: 202 });
    buttons.retryNow(firstDelivery(), { setRedirectURL: () => undefined });
    fireEvents();
    expect(states()).toEqual(['delivered']);
    expect(new Set(platform.requests.map(({ headers }) => headers.get('webhook-id'))).size).toBe(1);
  });

  test('a missing tags column fails the health check, and messages leave the tags out', () => {
    platform.columns.get('change_request')?.delete('u_external_tags');
    rules.onChangeUpdated(saveChange({ u_external_tags: 'r_1' }));
    fireEvents();
    jobs.everyMinute();
    const check = rowsOf(platform, 'x_chb_changebridge_health').find((row) => row['key'] === 'column');
    expect(check).toMatchObject({ status: 'failed' });
    expect(JSON.parse(platform.requests[0]?.body ?? '').record).not.toHaveProperty('u_external_tags');
  });

  test('the health list keeps one line for each check and is rewritten only when something changed', () => {
    jobs.everyMinute();
    const writes = platform.writes.length;
    platform.now += MINUTE;
    jobs.everyMinute();
    expect(platform.writes).toHaveLength(writes);
    expect(new Set(rowsOf(platform, 'x_chb_changebridge_health').map((row) => row['key'])).size).toBe(10);
  });

  test('the tests that an instance runs pass on a platform that keeps its promises', () => {
    saveChange({ short_description: selfTest.TEST_CHANGE });
    const results = [
      selfTest.testSignature(),
      selfTest.testSettings(),
      selfTest.testClaims(),
      selfTest.testOutbox(),
      selfTest.testColumn(),
    ];
    expect(results.filter((result) => !result.passed)).toEqual([]);
  });
});
