import type { Context } from 'hono';
import { getCookie } from 'hono/cookie';
import { AbortedByRule, type Row, valueOf } from '../state/row.ts';
import type { User } from '../state/users.ts';
import type { World } from '../state/world.ts';
import { approvalPage } from './change-parts.ts';
import { formPage } from './form-page.ts';
import { formFields } from './columns.ts';
import { listPage } from './list-page.ts';
import { menuFor } from './menu.ts';
import { mayWriteProperty, propertiesOf, settingsPage } from './settings-page.ts';
import { type Piece, page } from './layout.ts';
import { runAction } from './ui-actions.ts';

type Notice = { kind: 'info' | 'error'; text: string };

/** Names the user of the pages; there is no password in a sandbox. */
export const USER_COOKIE = 'sandbox_user';
const NEW = '-1';

/** Builds the pages for one user at a time, and does what their buttons say. */
export class Ui {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  list(
    c: Context,
    notices: readonly Notice[],
    at?: { table: string; query: string },
  ): Response | Promise<Response> {
    const table = at?.table ?? tableOf(c, '_list.do');
    const query = at?.query ?? c.req.query('sysparm_query') ?? '';
    const user = this.#user(c);
    const back = `/${table}_list.do?sysparm_query=${encodeURIComponent(query)}`;
    if (this.#world.instance.store.dictionary.table(table) === undefined) return this.#missing(c, table);
    if (table === 'sysapproval_approver') {
      const content = approvalPage(this.#world, query, user, back);
      return this.#page(c, 'Approvals', back, notices, content);
    }
    return this.#page(c, table, back, notices, listPage(this.#world, table, query, user, back));
  }

  form(c: Context, notices: readonly Notice[], sysId?: string): Response | Promise<Response> {
    const table = tableOf(c, '.do');
    const id = sysId ?? c.req.query('sys_id') ?? '';
    const { store, access } = this.#world.instance;
    const user = this.#user(c);
    if (store.dictionary.table(table) === undefined) return this.#missing(c, table);
    const found = id === NEW ? { table, row: this.#blank(table) } : store.find(table, id);
    if (found === undefined || (id !== NEW && !access.allowsRecord(user, 'read', found.table, found.row))) {
      return this.#missing(c, `${table} ${id}`);
    }
    const path = `/${found.table}.do?sys_id=${id}`;
    return this.#page(c, found.table, path, notices, formPage(this.#world, found.table, found.row, user));
  }

  async saveForm(c: Context): Promise<Response> {
    const table = tableOf(c, '.do');
    const form = await fieldsOf(c);
    const user = this.#user(c);
    const id = c.req.query('sys_id') ?? '';
    const { records, store, access } = this.#world.instance;
    const values = this.#written(table, form, user);
    if (id === NEW) {
      if (!access.allowsTable(user, 'create', table)) return this.form(c, [refused('create this record')]);
      const row = records.insert(table, values, user);
      return c.redirect(`/${table}.do?sys_id=${valueOf(row, 'sys_id')}`, 303);
    }
    const row = store.get(table, id);
    if (row === undefined) return this.#missing(c, `${table} ${id}`);
    const notices: Notice[] = [];
    const action = form.get('action');
    if (action !== null) {
      notices.push(...runAction(this.#world, action, table, row, user));
    } else if (access.allowsRecord(user, 'write', table, row)) {
      notices.push(attempt(() => records.update(table, id, values, user), 'The record was saved.'));
    } else {
      notices.push(refused('change this record'));
    }
    return this.form(c, notices, id);
  }

  async decide(c: Context): Promise<Response> {
    const form = await fieldsOf(c);
    const user = this.#user(c);
    const { store, access } = this.#world.instance;
    const row = store.get('sysapproval_approver', form.get('approval') ?? '');
    const state = form.get('state') === 'rejected' ? 'rejected' : 'approved';
    const comments = form.get('comments') ?? '';
    const may = row !== undefined && access.allowsRecord(user, 'write', 'sysapproval_approver', row);
    if (row !== undefined && may && (state === 'approved' || comments.trim() !== '')) {
      this.#world.instance.decide(user, valueOf(row, 'sys_id'), state, comments);
    }
    return c.redirect(local(form.get('back')), 303);
  }

  async listAction(c: Context): Promise<Response> {
    const form = await fieldsOf(c);
    const user = this.#user(c);
    const table = form.get('table') ?? '';
    const { store } = this.#world.instance;
    const banner = form.get('banner');
    const notices =
      banner !== null
        ? runAction(this.#world, banner, table, {}, user)
        : form.getAll('rows').flatMap((id) => {
            const row = store.get(table, id);
            return row === undefined
              ? []
              : runAction(this.#world, form.get('action') ?? '', table, row, user);
          });
    const query = new URL(local(form.get('back')), 'http://localhost').searchParams.get('sysparm_query');
    return this.list(c, notices, { table, query: query ?? '' });
  }

  settings(
    c: Context,
    notices: readonly Notice[],
    at?: { title: string; category: string },
  ): Response | Promise<Response> {
    const category = at?.category ?? c.req.query('sysparm_category') ?? '';
    const title = at?.title ?? c.req.query('sysparm_title') ?? category;
    const path = `/system_properties_ui.do?sysparm_title=${title}&sysparm_category=${category}`;
    return this.#page(c, title, path, notices, settingsPage(this.#world, title, category, this.#user(c)));
  }

  async saveSettings(c: Context): Promise<Response> {
    const form = await fieldsOf(c);
    const category = form.get('category') ?? '';
    for (const property of propertiesOf(this.#world, category)) {
      const name = valueOf(property, 'name');
      const value = form.get(name);
      const untouched = valueOf(property, 'type') === 'password2' && value === '';
      if (value === null || untouched || !mayWriteProperty(property, this.#user(c))) continue;
      this.#world.instance.properties.set(name, value);
    }
    const saved: Notice = { kind: 'info', text: 'The settings were saved.' };
    return this.settings(c, [saved], { title: form.get('title') ?? category, category });
  }

  /** What the form sent, of the fields that the form has and the user may write. */
  #written(table: string, form: URLSearchParams, user: User): Row {
    const { store, access } = this.#world.instance;
    const fields = [...formFields(store, table), 'work_notes', 'comments'];
    return Object.fromEntries(
      [...form].filter(([name]) => fields.includes(name) && access.allowsField(user, 'write', table, name)),
    );
  }

  #blank(table: string): Row {
    const columns = this.#world.instance.store.dictionary.columns(table);
    return Object.fromEntries(columns.map((column) => [column.name, column.defaultValue ?? '']));
  }

  #user(c: Context): User {
    const { users } = this.#world.instance;
    const name = getCookie(c, USER_COOKIE) ?? '';
    const user =
      users.byName(name) ?? users.byName('admin') ?? users.byName(valueOf(users.all()[0] ?? {}, 'user_name'));
    if (user === undefined) throw new Error('The stand-in has no active user.');
    return user;
  }

  #missing(c: Context, what: string): Response | Promise<Response> {
    c.status(404);
    const text = `There is no ${what}, or you may not see it.`;
    return this.#page(c, 'Record not found', '/', [{ kind: 'error', text }], '');
  }

  async #page(
    c: Context,
    title: string,
    path: string,
    notices: readonly Notice[],
    content: Piece | '',
  ): Promise<Response> {
    const { instance } = this.#world;
    const user = this.#user(c);
    const users = instance.users.all().map((row) => valueOf(row, 'user_name'));
    const frame = { title, path, menu: menuFor(instance, user), user: user.userName, users };
    return c.html(page({ ...frame, writes: instance.records.writes, notices }, content));
  }
}

function attempt(write: () => unknown, done: string): Notice {
  try {
    write();
    return { kind: 'info', text: done };
  } catch (error) {
    if (error instanceof AbortedByRule) return { kind: 'error', text: error.message };
    throw error;
  }
}

function refused(what: string): Notice {
  return { kind: 'error', text: `You may not ${what}: none of your roles allows it.` };
}

function tableOf(c: Context, ending: string): string {
  return c.req.path.slice(1).slice(0, -ending.length);
}

/** The fields of a submitted form. */
export async function fieldsOf(c: Context): Promise<URLSearchParams> {
  return new URLSearchParams(await c.req.text());
}

/** A redirect stays on this site. */
export function local(path: string | null): string {
  return path !== null && /^\/[^/\\]/.test(path) ? path : '/';
}
