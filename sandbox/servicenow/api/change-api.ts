import { type Context, Hono } from 'hono';
import * as z from 'zod';
import { subjectOf } from '../../lib/http-faults.ts';
import { approverRows } from '../state/approvals.ts';
import { tasksOf } from '../state/change-tasks.ts';
import type { Instance } from '../state/instance.ts';
import { type Row, valueOf } from '../state/row.ts';
import type { Faults } from '../faults.ts';
import { errors } from './errors.ts';
import { nextStatesOf } from './next-states.ts';
import type { Shown } from './render.ts';
import { type RestEnv, bodyOf, guarded, viewOf, writableFields } from './rest.ts';

type Parts = { readonly instance: Instance; readonly faults: Faults };
type Ctx = Context<RestEnv>;

const decision = z.object({ state: z.enum(['approved', 'rejected']), comments: z.string().optional() });

const TYPES = ['normal', 'emergency', 'standard'];
/** A template says these; whoever makes a change from it is not heard. */
const OF_TEMPLATE = ['description', 'category', 'implementation_plan', 'backout_plan', 'test_plan'] as const;

/** The Change Management API. Its values are `{value, display_value}`; creations say in `__meta` what they ignored. */
export function changeApi(instance: Instance, faults: Faults): Hono<RestEnv> {
  const api = new Hono<RestEnv>();
  const parts = { instance, faults };
  api.get('/change/model', (c) => pickList(c, instance, 'chg_model'));
  api.get('/change/standard/template', (c) => pickList(c, instance, 'std_change_record_producer'));
  api.post('/change/standard/:producer', (c) => createStandard(c, parts));
  api.post('/change/normal', async (c) => create(c, parts, { ...(await bodyOf(c)), type: 'normal' }));
  api.post('/change/emergency', async (c) => create(c, parts, { ...(await bodyOf(c)), type: 'emergency' }));
  api.post('/change', (c) => createAny(c, parts));
  api.get('/change/:sysId', (c) => c.json({ result: shown(c, instance, changeOf(c, instance)) }));
  api.patch('/change/:sysId', (c) => update(c, parts));
  api.get('/change/:sysId/nextstates', (c) => {
    return c.json({ result: nextStatesOf(instance.store, changeOf(c, instance)) });
  });
  api.patch('/change/:sysId/approvals', (c) => decide(c, instance));
  api.get('/change/:sysId/task', (c) => {
    const tasks = tasksOf(instance.store, valueOf(changeOf(c, instance), 'sys_id'));
    return c.json({ result: tasks.map((task) => shown(c, instance, task, 'change_task')) });
  });
  api.post('/change/:sysId/task', (c) => createTask(c, parts));
  return api;
}

function pickList(c: Ctx, instance: Instance, table: string): Response {
  if (!instance.access.allowsTable(c.get('user'), 'read', table)) return c.json({ result: [] });
  const rows = instance.store.all(table).filter((row) => valueOf(row, 'active') === 'true');
  return c.json({ result: rows.map((row) => shown(c, instance, row, table)) });
}

async function createAny(c: Ctx, parts: Parts): Promise<Response> {
  const values = { ...c.req.query(), ...(await bodyOf(c)) };
  const model = valueOf(values, 'chg_model');
  if (model === '') {
    const type = valueOf(values, 'type') || 'normal';
    if (!TYPES.includes(type)) throw errors.badRequest('Invalid change type', type);
    return create(c, parts, { ...values, type });
  }
  const row = parts.instance.store.get('chg_model', model);
  if (row === undefined) throw errors.badRequest('Invalid change model', model);
  return create(c, parts, { ...values, type: valueOf(row, 'type') });
}

async function createStandard(c: Ctx, parts: Parts): Promise<Response> {
  const producer = c.req.param('producer') ?? '';
  const template = parts.instance.store.get('std_change_record_producer', producer);
  if (template === undefined || valueOf(template, 'active') !== 'true') {
    throw errors.badRequest('Invalid standard change template', producer);
  }
  const sent = await bodyOf(c);
  const fromTemplate = Object.fromEntries(OF_TEMPLATE.map((field) => [field, valueOf(template, field)]));
  const defaults = {
    short_description: valueOf(template, 'short_description'),
    assignment_group: valueOf(template, 'assignment_group'),
  };
  const made = { type: 'standard', std_change_producer_version: producer };
  const ignored = Object.keys(sent).filter((field) => field in fromTemplate || field in made);
  return create(c, parts, { ...defaults, ...sent, ...fromTemplate, ...made }, ignored);
}

/** Makes a change in New. What the table does not have, or the caller may not write, is ignored by name. */
function create(c: Ctx, parts: Parts, sent: Row, ignored: readonly string[] = []): Response {
  const { instance } = parts;
  const user = c.get('user');
  if (!instance.access.allowsTable(user, 'create', 'change_request')) throw errors.aclWrite('Insert');
  const { state: _state, ...values } = sent;
  const written = writable(c, parts, 'change_request', 'create', values);
  const row = guarded(() => instance.records.insert('change_request', written, user));
  const lost = Object.keys(sent).filter((field) => !isKept(instance, row, field, sent));
  const result = {
    ...shown(c, instance, row),
    __meta: { ignoredFields: [...new Set([...ignored, ...lost])] },
  };
  return c.json({ result }, 201);
}

/** Whether the record has what was sent; journals show nothing of their own. */
function isKept(instance: Instance, row: Row, field: string, sent: Row): boolean {
  const column = instance.store.dictionary.column('change_request', field);
  if (column === undefined) return false;
  if (column.type.startsWith('journal') || valueOf(sent, field) === '') return true;
  const isChosen = (column.choices ?? []).length > 0;
  return isChosen ? valueOf(row, field) === valueOf(sent, field) : valueOf(row, field) !== '';
}

async function update(c: Ctx, parts: Parts): Promise<Response> {
  const { instance } = parts;
  const change = changeOf(c, instance);
  const user = c.get('user');
  const sent = await bodyOf(c);
  if (!instance.access.allowsRecord(user, 'write', 'change_request', change)) throw errors.aclWrite('Update');
  const written = writable(c, parts, 'change_request', 'write', sent);
  const sysId = valueOf(change, 'sys_id');
  const row = guarded(() => instance.records.update('change_request', sysId, written, user)) ?? change;
  const ignoredFields = Object.keys(sent).filter(
    (field) => !(field in written) || !isKept(instance, row, field, sent),
  );
  return c.json({ result: { ...shown(c, instance, row), __meta: { ignoredFields } } });
}

async function decide(c: Ctx, instance: Instance): Promise<Response> {
  const change = changeOf(c, instance);
  const body = decision.safeParse(await c.req.json().catch(() => undefined));
  if (!body.success) {
    throw errors.badRequest('Invalid state', 'The state of an approval must be approved or rejected.');
  }
  const user = c.get('user');
  const pending = approverRows(instance.records, valueOf(change, 'sys_id')).find(
    (row) => valueOf(row, 'approver') === user.userId && valueOf(row, 'state') === 'requested',
  );
  if (pending === undefined) {
    throw errors.badRequest(
      'Unable to update approval',
      'No pending approval was found for the current user.',
    );
  }
  const { state, comments = '' } = body.data;
  if (state === 'rejected' && comments.trim() === '') {
    throw errors.badRequest('Unable to update approval', 'Comments are required to reject a change.');
  }
  instance.decide(user, valueOf(pending, 'sys_id'), state, comments);
  return c.json({ result: [shown(c, instance, changeOf(c, instance))] });
}

async function createTask(c: Ctx, parts: Parts): Promise<Response> {
  const { instance } = parts;
  const change = changeOf(c, instance);
  const user = c.get('user');
  const sent = await bodyOf(c);
  if (!instance.access.allowsTable(user, 'create', 'change_task')) throw errors.aclWrite('Insert');
  const made = { change_request: valueOf(change, 'sys_id'), created_from: 'manual' };
  const values = { ...writable(c, parts, 'change_task', 'create', sent), ...made };
  const row = guarded(() => instance.records.insert('change_task', values, user));
  return c.json({ result: shown(c, instance, row, 'change_task') }, 201);
}

function writable(
  c: Ctx,
  { instance, faults }: Parts,
  table: string,
  operation: 'write' | 'create',
  values: Row,
): Row {
  return writableFields(
    instance,
    faults,
    { subject: subjectOf(c), user: c.get('user'), table, operation },
    values,
  );
}

function changeOf(c: Ctx, instance: Instance): Row {
  const row = instance.store.get('change_request', c.req.param('sysId') ?? '');
  if (row === undefined || !instance.access.allowsRecord(c.get('user'), 'read', 'change_request', row)) {
    throw errors.notFound();
  }
  return row;
}

function shown(c: Ctx, instance: Instance, row: Row, table = 'change_request'): Record<string, Shown> {
  const view = { ...viewOf(c), fields: undefined, display: 'all', excludeLink: true } as const;
  return instance.renderer.record(table, row, view);
}
