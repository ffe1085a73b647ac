import { invalid, notFound, taken } from '../api/errors.ts';
import { checkKnown } from './definitions.ts';
import type { Actor, Page, PageInput, PagePatch } from './model.ts';
import type { Organisation } from './organisation.ts';
import { actionOf, authored, blueprintOf } from './store.ts';

const COLUMNS = 12;

/** @throws PortError 404 */
export function pageOf(org: Organisation, identifier: string): Page {
  const found = org.store.pages.get(identifier);
  if (found === undefined) throw notFound('Page', identifier);
  return found;
}

/** @throws PortError 409 taken, 404 a blueprint or an action that is not there, 422 a layout that does not fit */
export function createPage(org: Organisation, input: PageInput, actor: Actor): Page {
  if (org.store.pages.has(input.identifier)) throw taken('Page', input.identifier);
  return store(org, input, actor, undefined);
}

/** Changes the members that are given. @throws PortError 404, 422 */
export function changePage(org: Organisation, identifier: string, patch: PagePatch, actor: Actor): Page {
  const before = pageOf(org, identifier);
  const { title = before.title, widgets = before.widgets, ...rest } = patch;
  return store(org, { ...before, ...rest, title, widgets, identifier }, actor, before);
}

export function deletePage(org: Organisation, identifier: string): void {
  org.store.pages.delete(pageOf(org, identifier).identifier);
}

function store(org: Organisation, input: PageInput, actor: Actor, before: Page | undefined): Page {
  for (const { layout, widgets } of input.widgets ?? []) {
    checkLayout(layout, widgets);
    for (const widget of widgets) checkWidget(org, widget);
  }
  const page = { ...input, ...authored(org.clock, actor, before) };
  org.store.pages.set(input.identifier, page);
  return page;
}

type Dashboard = NonNullable<PageInput['widgets']>[number];

function checkLayout(layout: Dashboard['layout'], widgets: Dashboard['widgets']): void {
  for (const { columns } of layout) {
    const width = columns.reduce((sum, { size }) => sum + size, 0);
    if (width !== COLUMNS) throw invalid(`The columns of a row must sum to ${COLUMNS}, not to ${width}`);
  }
  const placed = layout.flatMap(({ columns }) => columns.map(({ id }) => id)).toSorted();
  const known = widgets.map(({ id }) => id).toSorted();
  if (placed.join() !== known.join()) throw invalid('The layout must place each widget once');
}

function checkWidget(
  org: Organisation,
  { blueprint, property, action, actions }: Dashboard['widgets'][number],
): void {
  for (const each of [
    ...(action === undefined ? [] : [action]),
    ...(actions ?? []).map((one) => one.action),
  ]) {
    actionOf(org.store, each);
  }
  if (blueprint === undefined) return;
  const known = blueprintOf(org.store, blueprint);
  const name = /^(?:\w+-)?property#(.+)$/.exec(property ?? '')?.[1] ?? property;
  if (name !== undefined && !name.includes('#')) checkKnown(known, name, 'A widget');
}
