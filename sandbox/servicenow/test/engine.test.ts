import { afterEach, describe, expect, test } from 'vitest';
import type { ServiceNowOptions } from '../options.ts';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { type MiniRecord, miniApp, module, rule } from './mini-app.ts';
import { Receiver } from './receiver.ts';

const cleanups: (() => Promise<void>)[] = [];

async function start(records: MiniRecord[], options: ServiceNowOptions = {}): Promise<ServiceNowStandIn> {
  const app = await miniApp(records);
  cleanups.push(app.remove);
  const servicenow = await startServiceNow({ tickMs: 0, ...options, appDir: app.directory });
  cleanups.push(servicenow.close);
  return servicenow;
}

function messages(servicenow: ServiceNowStandIn, level = 'info'): (string | undefined)[] {
  return servicenow.syslog(level).map((entry) => entry['message']);
}

/** Saves twelve changes and returns the order in which their rules ran. */
async function orderOfTwelve(options: ServiceNowOptions): Promise<(string | undefined)[]> {
  const servicenow = await start(
    [rule('async_always', ['insert'], 'gs.info(current.getValue("short_description"));')],
    {
      workers: 1,
      ...options,
    },
  );
  for (let index = 0; index < 12; index += 1) servicenow.createChange({ short_description: String(index) });
  await servicenow.settle();
  return messages(servicenow);
}

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

describe('business rules', () => {
  test('an asynchronous rule runs after the save, without previous, and reads the record of that moment', async () => {
    const servicenow = await start([
      rule(
        'async_always',
        ['update'],
        'gs.info("{0} {1}", String(previous), current.getValue("short_description"));',
      ),
    ]);
    const id = String(servicenow.createChange()['sys_id']);
    servicenow.updateChange(id, { short_description: 'one' });
    servicenow.updateChange(id, { short_description: 'two' });
    expect(messages(servicenow)).toEqual([]);
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['undefined two', 'undefined two']);
  });

  test('a filter with VALCHANGES lets through only writes that change its fields', async () => {
    const servicenow = await start([
      rule('async_always', ['update'], 'gs.info("ran");', {
        filter_condition: 'approvalVALCHANGES^ORstateVALCHANGES^EQ',
      }),
    ]);
    const id = String(servicenow.createChange()['sys_id']);
    servicenow.updateChange(id, { priority: '1' });
    servicenow.updateChange(id, { approval: 'approved' });
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['ran']);
  });

  test('rules of order 1000 and more are for active records only', async () => {
    const servicenow = await start([rule('async_always', ['update'], 'gs.info("ran");', { order: '1000' })]);
    const id = String(servicenow.createChange()['sys_id']);
    servicenow.updateChange(id, { state: '4' });
    await servicenow.settle();
    expect(messages(servicenow)).toEqual([]);
  });

  test('a rule before the save sets fields of the same version and can abort it', async () => {
    const servicenow = await start([
      rule(
        'before',
        ['update'],
        'if (current.priority == "1") current.category = "DevOps"; if (current.approval.changesTo("rejected")) current.setAbortAction(true);',
      ),
    ]);
    const id = String(servicenow.createChange()['sys_id']);
    expect(servicenow.updateChange(id, { priority: '1' })).toMatchObject({
      category: 'DevOps',
      sys_mod_count: '1',
    });
    expect(() => servicenow.updateChange(id, { approval: 'rejected' })).toThrow(/aborted by Business Rule/);
    expect(servicenow.change(id)).toMatchObject({ approval: 'requested', sys_mod_count: '1' });
  });

  test('outbound requests are refused within a save, and the save stands', async () => {
    const servicenow = await start([
      rule(
        'after',
        ['insert'],
        'const r = new sn_ws.RESTMessageV2(); r.setEndpoint("http://127.0.0.1:9"); r.execute();',
      ),
    ]);
    expect(servicenow.createChange()).toMatchObject({ number: 'CHG0030001' });
    expect(messages(servicenow, 'error').join()).toContain('Outbound HTTP is refused');
  });

  test('a script that fails is logged and harms nothing else', async () => {
    const servicenow = await start([
      rule('async_always', ['insert'], 'undefinedFunction();'),
      rule('async_always', ['insert'], 'gs.info("still here");', { order: '200' }),
    ]);
    servicenow.createChange();
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['still here']);
    expect(messages(servicenow, 'error').join()).toContain('undefinedFunction is not defined');
  });
});

describe('the script engine', () => {
  test('refuses at start what ES2021 does not know', async () => {
    const app = await miniApp([module('a.ts', 'export class A { #secret = 1; }')]);
    cleanups.push(app.remove);
    await expect(startServiceNow({ appDir: app.directory })).rejects.toThrow(/ES2021.*a\.ts/);
  });

  test('has no Node, no Reflect and no code from strings, and keeps the instance’s time', async () => {
    const probe =
      'let code = "allowed"; try { Function("return 1")(); } catch (e) { code = "refused"; }' +
      'gs.info([typeof process, typeof setTimeout, typeof Reflect, code, new Date().toISOString().slice(0, 10)].join());';
    const servicenow = await start([rule('async_always', ['insert'], probe)], {
      clock: () => Date.UTC(2030, 0, 2),
    });
    servicenow.createChange();
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['undefined,undefined,undefined,refused,2030-01-02']);
  });

  test('modules import each other and the platform; a name that is missing fails loudly', async () => {
    const servicenow = await start([
      module('names.ts', 'export const WHO = "module"; export default function twice(x) { return x + x; }'),
      module(
        'entry.ts',
        'import { gs } from "@servicenow/glide"; import twice, { WHO } from "./names.ts"; export function run() { gs.info(twice(WHO)); }',
      ),
      module(
        'bad.ts',
        'import { GlideSpaceship } from "@servicenow/glide"; export const x = GlideSpaceship;',
      ),
      rule(
        'async_always',
        ['insert'],
        'const { run } = require("x_mini/app/1.0.0/src/server/entry.ts"); run();',
      ),
      rule('async_always', ['insert'], 'require("x_mini/app/1.0.0/src/server/bad.ts");'),
    ]);
    servicenow.createChange();
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['modulemodule']);
    expect(messages(servicenow, 'error').join()).toContain('does not provide GlideSpaceship');
  });

  test('gives scripts the platform’s values: null for empty, 1 and 0 for booleans, dotted references', async () => {
    const servicenow = await start([
      rule(
        'async_always',
        ['insert'],
        `
        const gr = new GlideRecord('change_request');
        gr.addQuery('requested_by.user_name', 'ann');
        gr.query();
        gr.next();
        gs.info([gr.getRowCount(), gr.getValue('description'), gr.getValue('active'), gr.requested_by.getDisplayValue(),
          gr.isValidField('u_external_tags'), gr.operation(), current.operation(), gr.nonsense === undefined].join());`,
      ),
    ]);
    servicenow.createChange({ requested_by: servicenow.user('ann').userId });
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['1,,1,Ann Archer,false,,insert,true']);
  });

  test('writes only the fields that a script changed, and queues only registered events', async () => {
    const servicenow = await start([
      { table: 'sysevent_register', fields: { event_name: 'x_mini.go' } },
      {
        table: 'sysevent_script_action',
        fields: {
          name: 'go',
          event_name: 'x_mini.go',
          active: 'true',
          order: '1',
          script: 'gs.info(event.parm1 + " " + current.getValue("number"));',
        },
      },
      rule(
        'async_always',
        ['insert'],
        `
        const gr = new GlideRecord('change_request');
        gr.get(current.getUniqueValue());
        gr.setValue('priority', 2);
        gr.update();
        gs.eventQueue('x_mini.go', gr, 'first', '');
        gs.eventQueue('x_mini.unknown', gr, '', '');`,
      ),
    ]);
    const id = String(servicenow.createChange()['sys_id']);
    servicenow.updateChange(id, { short_description: 'meanwhile' });
    await servicenow.settle();
    expect(servicenow.change(id)).toMatchObject({
      priority: '2',
      short_description: 'meanwhile',
      sys_mod_count: '2',
    });
    expect(messages(servicenow)).toEqual(['first CHG0030001']);
    expect(servicenow.rows('sysevent')).toMatchObject([{ name: 'x_mini.go', state: 'processed' }]);
    expect(messages(servicenow, 'error').join()).toContain('x_mini.unknown is not registered');
  });
});

describe('scheduled scripts and workers', () => {
  const job: MiniRecord = {
    table: 'sysauto_script',
    fields: {
      name: 'minute',
      active: 'true',
      run_type: 'periodically',
      run_period: '1970-01-01 00:01:00',
      script: 'gs.info("tick " + new GlideDateTime().getValue());',
    },
  };

  test('a one-minute script runs once for each minute that the clock moves, at that minute', async () => {
    const servicenow = await start([job], { clock: () => Date.UTC(2030, 0, 1) });
    await servicenow.advanceClock(180_000);
    expect(messages(servicenow)).toEqual([
      'tick 2030-01-01 00:01:00',
      'tick 2030-01-01 00:02:00',
      'tick 2030-01-01 00:03:00',
    ]);
    await servicenow.advanceClock(3_600_000, { skip: true });
    expect(messages(servicenow)).toHaveLength(4);
  });

  test('two workers truly run at the same time, and a hanging request holds only its own', async () => {
    const receiver = new Receiver();
    await receiver.start();
    cleanups.push(() => receiver.stop());
    receiver.reply = (delivery) =>
      delivery.record['short_description'] === 'slow' ? 'hang' : { status: 202 };
    const send = `
      const r = new sn_ws.RESTMessageV2();
      r.setEndpoint('${receiver.url}/x');
      r.setHttpMethod('post');
      r.setHttpTimeout(1500);
      r.setRequestBody(JSON.stringify({ event: 'e', occurred_at: '', record: { short_description: current.getValue('short_description') } }));
      const answer = r.execute();
      gs.info([current.getValue('short_description'), answer.getStatusCode(), answer.haveError(), answer.getErrorCode()].join());`;
    const servicenow = await start([rule('async_always', ['insert'], send)], { workers: 2 });
    servicenow.createChange({ short_description: 'slow' });
    servicenow.createChange({ short_description: 'quick' });
    await expect.poll(() => messages(servicenow), { timeout: 5000 }).toEqual(['quick,202,false,0']);
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['quick,202,false,0', 'slow,0,true,1']);
  });

  test('the fault that disturbs asynchronous work holds rules back while it is on', async () => {
    const servicenow = await start([rule('async_always', ['insert'], 'gs.info("ran");')]);
    servicenow.faults.add({ kind: 'async-disorder', minMs: 300, maxMs: 300, times: 1 });
    const began = performance.now();
    servicenow.createChange();
    await servicenow.settle();
    expect(messages(servicenow)).toEqual(['ran']);
    expect(performance.now() - began).toBeGreaterThanOrEqual(295);
  });

  test('with a seed, disorder is repeatable; without it, work runs in the order of the saves', async () => {
    const inOrder = Array.from({ length: 12 }, (_, index) => String(index));
    expect(await orderOfTwelve({})).toEqual(inOrder);
    const shuffled = await orderOfTwelve({ seed: 3, asyncDelay: { minMs: 0, maxMs: 0, shuffle: true } });
    expect(shuffled).not.toEqual(inOrder);
    expect(new Set(shuffled)).toEqual(new Set(inOrder));
    expect(await orderOfTwelve({ seed: 3, asyncDelay: { minMs: 0, maxMs: 0, shuffle: true } })).toEqual(
      shuffled,
    );
  });
});
