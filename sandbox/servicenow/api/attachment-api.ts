import { type Context, Hono } from 'hono';
import { type Row, valueOf } from '../state/row.ts';
import type { Instance } from '../state/instance.ts';
import { errors } from './errors.ts';
import { type RestEnv, guarded } from './rest.ts';

const SHOWN = [
  'sys_id',
  'file_name',
  'content_type',
  'size_bytes',
  'table_name',
  'table_sys_id',
  'hash',
  'sys_created_on',
  'sys_created_by',
];

/** The Attachment API: who may write a record may attach files to it, who may read it may read them. */
export function attachmentApi(instance: Instance): Hono<RestEnv> {
  const api = new Hono<RestEnv>();
  api.post('/file', (c) => attach(c, instance));
  api.get('/', (c) => {
    const query = instance.store.parse('sys_attachment', c.req.query('sysparm_query') ?? '');
    const limit = Number(c.req.query('sysparm_limit') ?? '1000');
    const found = instance.store.query('sys_attachment', query).slice(0, limit);
    return c.json({ result: found.filter((row) => mayRead(c, instance, row)).map((row) => shown(c, row)) });
  });
  api.get('/:sysId', (c) => c.json({ result: shown(c, readable(c, instance)) }));
  api.get('/:sysId/file', (c) => {
    const row = readable(c, instance);
    const bytes = instance.attachments.content(valueOf(row, 'sys_id'));
    if (bytes === undefined) throw errors.notFound();
    return c.body(Buffer.from(bytes), 200, { 'content-type': valueOf(row, 'content_type') });
  });
  return api;
}

async function attach(c: Context<RestEnv>, instance: Instance): Promise<Response> {
  const { table_name: table = '', table_sys_id: sysId = '', file_name: fileName = '' } = c.req.query();
  const contentType = c.req.header('content-type') ?? '';
  if (fileName === '' || contentType === '') {
    throw errors.badRequest('Missing required parameters', 'file_name and Content-Type are required.');
  }
  if (instance.store.dictionary.table(table) === undefined) throw errors.invalidTable(table);
  const target = instance.store.find(table, sysId);
  const user = c.get('user');
  if (target === undefined || !instance.access.allowsRecord(user, 'write', target.table, target.row)) {
    throw errors.aclWrite('Insert');
  }
  const bytes = new Uint8Array(await c.req.arrayBuffer());
  const file = { table, sysId, fileName, contentType, bytes };
  const row = guarded(() => instance.attachments.add(file, user));
  return c.json({ result: shown(c, row) }, 201);
}

function readable(c: Context<RestEnv>, instance: Instance): Row {
  const row = instance.store.get('sys_attachment', c.req.param('sysId') ?? '');
  if (row === undefined || !mayRead(c, instance, row)) throw errors.notFound();
  return row;
}

function mayRead(c: Context<RestEnv>, instance: Instance, row: Row): boolean {
  const target = instance.store.find(valueOf(row, 'table_name'), valueOf(row, 'table_sys_id'));
  return (
    target !== undefined && instance.access.allowsRecord(c.get('user'), 'read', target.table, target.row)
  );
}

function shown(c: Context, row: Row): Row {
  const { origin } = new URL(c.req.url);
  const link = `${origin}/api/now/attachment/${valueOf(row, 'sys_id')}/file`;
  return { ...Object.fromEntries(SHOWN.map((field) => [field, valueOf(row, field)])), download_link: link };
}
