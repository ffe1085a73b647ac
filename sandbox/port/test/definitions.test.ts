import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { at, PORTAL_DIR, SAMPLE, sampleAction, standIn, text, type Call } from './stand-in.ts';

const CHANGE = 'servicenowChangeRequest';
const APPROVE = 'approve_and_deploy_service';

/** A portal with the shipped definitions and one change in the given state. */
async function portal(properties: Record<string, unknown> = {}) {
  const { port, call } = await standIn();
  port.applyPortal(PORTAL_DIR, { BRIDGE_PUBLIC_URL: 'http://127.0.0.1:9' });
  const entity = 'c'.repeat(32);
  const shown = { number: 'CHG0030001', isActive: true, approval: 'requested', ...properties };
  port.putEntity(CHANGE, { identifier: entity, title: 'Deploy Checkout', properties: shown });
  const decide = (by: string, inputs: Record<string, unknown>) =>
    call('POST', `/actions/${APPROVE}/runs?run_as=${by}`, { entity, properties: inputs });
  return { port, call, entity, decide };
}

/** The files of a folder of the portal's side, with nothing filled in. */
function bodies(folder: string): unknown[] {
  return readdirSync(join(PORTAL_DIR, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name): unknown => JSON.parse(readFileSync(join(PORTAL_DIR, folder, name), 'utf8')));
}

function asks(property: string): object {
  return {
    combinator: 'and',
    conditions: [{ property, operator: 'isNotEmpty' }],
  };
}

function cardOf(property: string, level: string): object {
  const rule = { identifier: 'one', title: 'One', level, query: asks(property) };
  return { identifier: 'card', title: 'Card', rules: [rule] };
}

function pageOf(size: number, blueprint: string): object {
  return {
    identifier: 'p',
    title: 'P',
    type: 'dashboard',
    widgets: [
      {
        type: 'dashboard-widget',
        layout: [{ height: 400, columns: [{ id: 'w', size }] }],
        widgets: [
          {
            id: 'w',
            type: 'entities-pie-chart',
            title: 'W',
            blueprint,
            property: 'property#mood',
            dataset: { combinator: 'and', rules: [] },
          },
        ],
      },
    ],
  };
}

async function refusal(call: Call, method: string, path: string, body: unknown): Promise<string> {
  const { status, json } = await call(method, path, body);
  return `${status} ${text(json, 'message')}`;
}

describe('the contract', () => {
  test('of each definition is the published one: unknown members, other types and old forms are refused', async () => {
    const { port, call } = await standIn();
    const action = sampleAction('http://127.0.0.1:9');
    expect(await refusal(call, 'POST', '/actions', { ...action, note: 'x' })).toBe(
      '422 "body" must not have the property "note"',
    );
    const old = {
      identifier: 'old',
      trigger: 'CREATE',
      userInputs: { properties: {} },
      invocationMethod: { type: 'KAFKA' },
    };
    expect(await refusal(call, 'POST', '/actions', old)).toMatch(/^422 "body/);
    const gitlab = { type: 'GITLAB', projectName: 'p', groupName: 'g' };
    const withAgent = { ...action, invocationMethod: { ...gitlab, agent: true } };
    expect((await call('POST', '/actions', withAgent)).status).toBe(422);
    expect((await call('POST', '/actions', { ...action, invocationMethod: gitlab })).status).toBe(201);
    const long = { ...SAMPLE, identifier: 'other', description: 'x'.repeat(201) };
    expect(await refusal(call, 'POST', '/blueprints', long)).toBe(
      '422 "body.description" must NOT have more than 200 characters',
    );
    expect(port.requests.list('POST /v1/actions')).toHaveLength(4);
  });

  test('takes every file of the portal’s side, with nothing filled in', async () => {
    const { call } = await standIn();
    const order = ['service', CHANGE, 'deployment'];
    const blueprints = bodies('blueprints').toSorted(
      (left, right) => order.indexOf(text(left, 'identifier')) - order.indexOf(text(right, 'identifier')),
    );
    for (const body of blueprints) expect((await call('POST', '/blueprints', body)).status).toBe(201);
    for (const body of [...bodies('actions'), ...bodies('automations')])
      expect(await call('POST', '/actions', body)).toMatchObject({ status: 201 });
    for (const body of bodies(`scorecards/${CHANGE}`))
      expect(await call('POST', `/blueprints/${CHANGE}/scorecards`, body)).toMatchObject({ status: 201 });
    for (const body of bodies('pages'))
      expect(await call('POST', '/pages', body)).toMatchObject({ status: 201 });
  });

  test('names the right that a token needs: without it the answer is 403, and nothing is kept', async () => {
    const { call } = await standIn({ rights: ['read:blueprints', 'read:actions', 'create:actions'] });
    expect((await call('GET', '/blueprints')).status).toBe(200);
    expect(await refusal(call, 'POST', '/blueprints', SAMPLE)).toMatch(/^403 You do not have permission/);
    expect((await call('POST', '/actions', sampleAction('http://127.0.0.1:9'))).status).toBe(201);
    expect((await call('PATCH', '/actions/do_it/permissions', { execute: { roles: [] } })).status).toBe(403);
    expect(at((await call('GET', '/blueprints')).json, 'blueprints')).toEqual([]);
  });

  test('asks for what it declares required in a query', async () => {
    const { call } = await standIn();
    expect((await call('GET', '/pages')).status).toBe(422);
    expect((await call('GET', '/pages?compact=true')).status).toBe(200);
  });
});

describe('what a definition refers to has to be there', () => {
  test('a relation’s target, a mirror’s relation, a condition’s property', async () => {
    const { call } = await standIn();
    const { relations: _own, ...plain } = SAMPLE;
    const alone = { ...plain, relations: { x: { target: 'nobody', many: false, required: false } } };
    expect(await refusal(call, 'POST', '/blueprints', alone)).toMatch(
      /^404 "Blueprint" with identifier "nobody"/,
    );
    const mirror = { ...plain, mirrorProperties: { far: { path: 'away.name' } } };
    expect(await refusal(call, 'POST', '/blueprints', mirror)).toMatch(/^422 .*"away", which is no relation/);
    await call('POST', '/blueprints', plain);
    const trigger = {
      type: 'self-service',
      operation: 'DAY-2',
      blueprintIdentifier: 'sample',
      userInputs: { properties: {} },
      condition: {
        type: 'SEARCH',
        combinator: 'and',
        rules: [{ property: 'mood', operator: '=', value: 'good' }],
      },
    };
    expect(await refusal(call, 'POST', '/actions', { ...sampleAction('http://x'), trigger })).toMatch(
      /^422 The condition names "mood"/,
    );
  });

  test('a rule’s property and level, a widget’s blueprint, property and place', async () => {
    const { call } = await portal();
    const path = `/blueprints/${CHANGE}/scorecards`;
    expect(await refusal(call, 'POST', path, cardOf('mood', 'Gold'))).toMatch(
      /^422 The rule "one" names "mood"/,
    );
    expect(await refusal(call, 'POST', path, cardOf('number', 'Platinum'))).toMatch(/^422 /);
    expect(await refusal(call, 'POST', '/pages', pageOf(11, CHANGE))).toMatch(
      /^422 The columns of a row must sum to 12/,
    );
    expect(await refusal(call, 'POST', '/pages', pageOf(12, 'nobody'))).toMatch(/^404 /);
    expect(await refusal(call, 'POST', '/pages', pageOf(12, CHANGE))).toMatch(/^422 A widget names "mood"/);
  });
});

describe('an action', () => {
  test.each([
    ['requested', {}, 202],
    ['not requested, for a deployment', { approval: 'not requested', externalTags: 'r_1' }, 202],
    ['not requested, for nothing', { approval: 'not requested' }, 422],
    ['approved', { approval: 'approved' }, 422],
    ['rejected', { approval: 'rejected' }, 422],
    ['closed', { isActive: false }, 422],
  ])(
    'is run on what its condition lets through alone: a change that is %s',
    async (_name, properties, status) => {
      const { port, decide } = await portal(properties);
      const answer = await decide('petra@example.com', { approval_status: 'approved' });
      expect(answer.status).toBe(status);
      expect(port.runs()).toHaveLength(status === 202 ? 1 : 0);
    },
  );

  test('is run by those who may: others are refused, also when they ask by themselves', async () => {
    const { port, decide, call, entity } = await portal();
    const approve = { approval_status: 'approved' };
    expect((await decide('dana@example.com', approve)).status).toBe(403);
    expect(() => port.startRun(APPROVE, { by: 'dana@example.com', entity, properties: approve })).toThrow(
      'not allowed to run',
    );
    await call('PATCH', `/actions/${APPROVE}/permissions`, { execute: { users: ['dana@example.com'] } });
    expect((await decide('dana@example.com', approve)).status).toBe(202);
    expect(at((await call('GET', `/actions/${APPROVE}/permissions`)).json, 'permissions', 'execute')).toEqual(
      {
        roles: ['Admin'],
        users: ['dana@example.com'],
        teams: [],
        ownedByTeam: false,
      },
    );
  });

  test('asks for what its query requires: a decision, and a reason for a refusal', async () => {
    const { decide } = await portal();
    const status = async (inputs: Record<string, unknown>) =>
      (await decide('petra@example.com', inputs)).status;
    expect(await status({})).toBe(422);
    expect(await status({ reason: 'because' })).toBe(422);
    expect(await status({ approval_status: 'declined' })).toBe(422);
    expect(await status({ approval_status: 'declined', reason: 'Friday' })).toBe(202);
  });
});

describe('the form of a decision', () => {
  test('shows number, service, environment, requester and evidence, and presets nothing to decide', async () => {
    const description = [
      'Coverage is low',
      'Environment: staging, says the pipeline',
      'coverage: 65 (threshold 70), missed',
      'Service: Checkout',
      'Environment: production',
      'Requested by: dana@example.com',
    ].join('\r\n');
    const { port, entity } = await portal({ description });
    const answer = await fetch(`${port.origin}/actions/${APPROVE}?entity=${entity}`);
    const form = await answer.text();
    const shown = [...form.matchAll(/data-input="(\w+)">([^<]*)</g)].map(([, name, value]) => [name, value]);
    expect(shown).toEqual([
      ['change', 'CHG0030001: Deploy Checkout'],
      ['service', 'Checkout'],
      ['environment', 'production'],
      ['requested_by', 'dana@example.com'],
      ['evidence', 'coverage: 65 (threshold 70), missed'],
    ]);
    expect(form).toMatch(/<select name="input.approval_status" required>\s*<option value=""><\/option>/);
    expect(form).not.toContain('selected');
  });

  test('is offered to those who may decide, and no longer once the change is decided', async () => {
    const { port, entity } = await portal();
    const page = async (by: number) => {
      const cookie = `portal_user=${encodeURIComponent(port.users[by]?.id ?? '')}`;
      return (await fetch(`${port.origin}/catalog/${CHANGE}`, { headers: { cookie } })).text();
    };
    expect(await page(0)).not.toContain(`/actions/${APPROVE}`);
    expect(await page(1)).toContain(`/actions/${APPROVE}?entity=${entity}`);
    port.putEntity(CHANGE, { identifier: entity, properties: { isActive: true, approval: 'approved' } });
    expect(await page(1)).not.toContain(`/actions/${APPROVE}`);
  });
});
