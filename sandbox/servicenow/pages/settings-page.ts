import { html } from 'hono/html';
import { type Row, valueOf } from '../state/row.ts';
import type { User } from '../state/users.ts';
import type { World } from '../state/world.ts';
import { type Piece, option } from './layout.ts';

/** The properties of a category (`sys_properties_category`), in the category's order. */
export function propertiesOf(world: World, category: string): Row[] {
  const { store } = world.instance;
  const found =
    store.dictionary.table('sys_properties_category') === undefined
      ? undefined
      : store.findBy('sys_properties_category', 'name', category);
  if (found === undefined) return [];
  return store
    .lookup('sys_properties_category_m2m', 'category', valueOf(found, 'sys_id'))
    .toSorted((a, b) => Number(valueOf(a, 'order')) - Number(valueOf(b, 'order')))
    .map((link) => store.get('sys_properties', valueOf(link, 'property')))
    .filter((row) => row !== undefined);
}

/** May the user write this property? Its own write roles decide. */
export function mayWriteProperty(property: Row, user: User): boolean {
  const roles = valueOf(property, 'write_roles').split(',');
  return user.roles.has('admin') || roles.some((role) => user.roles.has(role));
}

/** The page of settings of one category (`system_properties_ui.do`). Secrets show only whether one is set. */
export function settingsPage(world: World, title: string, category: string, user: User): Piece {
  const properties = propertiesOf(world, category);
  return html`<form method="post" action="/system_properties_ui.do">
    <input type="hidden" name="category" value="${category}" />
    <input type="hidden" name="title" value="${title}" />
    <div class="bar">
      <h1>${title}</h1>
      <span class="sub">System properties</span>
      <span class="right"><button class="primary">Save</button></span>
    </div>
    <div class="card">
      ${properties.map((property) => setting(property, mayWriteProperty(property, user)))}
      ${properties.length === 0 ? 'There is no property in this category.' : ''}
    </div>
  </form>`;
}

function setting(property: Row, writable: boolean): Piece {
  const name = valueOf(property, 'name');
  return html`<p>
    <b>${valueOf(property, 'description') || name}</b><br />
    <small class="sub">${name}</small>
    ${writable ? input(property, name) : html`<input readonly value="${shown(property)}" />`}
  </p>`;
}

function shown(property: Row): string {
  const value = valueOf(property, 'value');
  return valueOf(property, 'type') === 'password2' && value !== '' ? '••••••••' : value;
}

function input(property: Row, name: string): Piece {
  const value = valueOf(property, 'value');
  switch (valueOf(property, 'type')) {
    case 'boolean':
      return html`<select name="${name}">
        ${option('true', 'Yes', value)} ${option('false', 'No', value)}
      </select>`;
    case 'password2':
      return html`<input
        type="password"
        name="${name}"
        autocomplete="new-password"
        placeholder="${value === '' ? 'not set' : 'set; type to replace'}"
      />`;
    default:
      return html`<input name="${name}" value="${value}" />`;
  }
}
