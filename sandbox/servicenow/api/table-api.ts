import { type Context, Hono } from 'hono';
import { subjectOf } from '../../lib/http-faults.ts';
import { STATE } from '../state/change-model.ts';
import { queriedFields } from '../state/encoded-query.ts';
import { type Row, valueOf } from '../state/row.ts';
import type { Faults } from '../faults.ts';
import type { Instance } from '../state/instance.ts';
import { errors } from './errors.ts';
import { type RestEnv, bodyOf, guarded, viewOf, writableFields } from './rest.ts';

const DEFAULT_LIMIT = 10_000;

/** `/api/now/table/{table}[/{sys_id}]` with the habits of a real instance. */
export function tableApi(instance: Instance, faults: Faults): Hono<RestEnv> {
  const api = new Hono<RestEnv>();
  api.get('/:table', (c) => list(c, instance, faults));
  api.post('/:table', (c) => create(c, instance, faults));
  api.get('/:table/:sysId', (c) => {
    const { table, row } = readable(c, instance);
    return c.json({ result: instance.renderer.record(table, row, viewOf(c)) });
  });
  api.patch('/:table/:sysId', (c) => update(c, instance, faults));
  api.put('/:table/:sysId', (c) => update(c, instance, faults));
  api.delete('/:table/:sysId', (c) => {
    const { table, row } = readable(c, instance);
    if (!instance.access.allowsRecord(c.get('user'), 'delete', table, row)) throw errors.aclWrite('Delete');
    guarded(() => instance.records.remove(table, valueOf(row, 'sys_id'), c.get('user')));
    return c.body(null, 204);
  });
  return api;
}

function list(c: Context<RestEnv>, instance: Instance, faults: Faults): Response {
  const table = tableOf(c, instance);
  const user = c.get('user');
  const query = instance.store.parse(table, c.req.query('sysparm_query') ?? '');
  const hidden = queriedFields(query).some(
    (field) => !instance.access.allowsField(user, 'read', table, field.split('.')[0] ?? field),
  );
  if (hidden) throw errors.queryRights();
  const matching = instance.store.query(table, query);
  const limit = count(c.req.query('sysparm_limit'), DEFAULT_LIMIT);
  const offset = count(c.req.query('sysparm_offset'), 0);
  // The page is cut before the access rules look at it: a short page is not the last one.
  const page = matching.slice(offset, offset + limit);
  const trim = faults.take(subjectOf(c), 'acl-trim');
  const trimmed = page.filter((row, index) => {
    if (trim !== undefined && (index + 1) % trim.every === 0) return false;
    return instance.access.allowsRecord(user, 'read', valueOf(row, 'sys_class_name') || table, row);
  });
  if (c.req.query('sysparm_no_count') !== 'true') c.header('X-Total-Count', String(matching.length));
  if (c.req.query('sysparm_suppress_pagination_header') !== 'true') {
    c.header('Link', links(c, matching.length, limit, offset));
  }
  const view = viewOf(c);
  return c.json({
    result: trimmed.map((row) => {
      return instance.renderer.record(valueOf(row, 'sys_class_name') || table, row, view);
    }),
  });
}

async function create(c: Context<RestEnv>, instance: Instance, faults: Faults): Promise<Response> {
  const table = tableOf(c, instance);
  const user = c.get('user');
  const values = await bodyOf(c);
  if (!instance.access.allowsTable(user, 'create', table)) throw errors.aclWrite('Insert');
  const writable = writableFields(
    instance,
    faults,
    { subject: subjectOf(c), user, table, operation: 'create' },
    values,
  );
  refuseStateOfItsOwn(table, writable);
  const row = guarded(() => instance.records.insert(table, writable, user));
  c.header('Location', `${new URL(c.req.url).origin}/api/now/table/${table}/${valueOf(row, 'sys_id')}`);
  return c.json({ result: instance.renderer.record(table, row, viewOf(c)) }, 201);
}

async function update(c: Context<RestEnv>, instance: Instance, faults: Faults): Promise<Response> {
  const values = await bodyOf(c);
  const { table, row } = readable(c, instance);
  const user = c.get('user');
  if (!instance.access.allowsRecord(user, 'write', table, row)) throw errors.aclWrite('Update');
  const writable = writableFields(
    instance,
    faults,
    { subject: subjectOf(c), user, table, operation: 'write' },
    values,
  );
  const sysId = valueOf(row, 'sys_id');
  const updated = guarded(() => instance.records.update(table, sysId, writable, user)) ?? row;
  return c.json({ result: instance.renderer.record(table, updated, viewOf(c)) });
}

/** A change begins in New, whoever makes it. */
function refuseStateOfItsOwn(table: string, values: Row): void {
  if (table !== 'change_request' || ['', STATE.new].includes(valueOf(values, 'state'))) return;
  throw errors.aborted(
    "Operation against file 'change_request' was aborted by Business Rule 'Change Model: Check State Transition^Change Request'. A change begins in New.",
  );
}

function tableOf(c: Context<RestEnv>, instance: Instance): string {
  const name = c.req.param('table') ?? '';
  const table = instance.store.dictionary.table(name);
  if (table === undefined) throw errors.invalidTable(name);
  if (!table.webService) throw errors.noWebService();
  return name;
}

function readable(c: Context<RestEnv>, instance: Instance): { table: string; row: Row } {
  const found = instance.store.find(tableOf(c, instance), c.req.param('sysId') ?? '');
  if (found === undefined) throw errors.notFound();
  if (!instance.access.allowsRecord(c.get('user'), 'read', found.table, found.row)) throw errors.notFound();
  return found;
}

function count(text: string | undefined, fallback: number): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : fallback;
}

function links(c: Context, total: number, limit: number, offset: number): string {
  const at = (start: number, rel: string): string => {
    const url = new URL(c.req.url);
    url.searchParams.set('sysparm_limit', String(limit));
    url.searchParams.set('sysparm_offset', String(start));
    return `<${url.href}>;rel="${rel}"`;
  };
  const last = limit === 0 ? 0 : Math.max(0, Math.floor((total - 1) / limit) * limit);
  const parts = [at(0, 'first')];
  if (offset > 0) parts.push(at(Math.max(0, offset - limit), 'prev'));
  if (offset + limit < total) parts.push(at(offset + limit, 'next'));
  return [...parts, at(last, 'last')].join(',');
}
