import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PortalSettings } from '../../config.ts';
import { type Definition, definitionSchema, type Kind, type Wanted } from './definition.ts';
import { type Names, namesFor, renamed } from './names.ts';
import { filledIn, type Values } from './values.ts';

/** The folders of `portal/`. Permissions come as soon as their action is there: until then anybody may run it. */
const FOLDERS: readonly (readonly [folder: string, kind: Kind])[] = [
  ['blueprints', 'blueprint'],
  ['permissions', 'permissions'],
  ['actions', 'action'],
  ['automations', 'automation'],
  ['scorecards', 'scorecard'],
  ['pages', 'page'],
];

/** A file that is not applied, and why. */
export type LeftOut = { readonly kind: Kind; readonly identifier: string; readonly reason: string };
export type Definitions = {
  readonly wanted: readonly Wanted[];
  readonly leftOut: readonly LeftOut[];
  readonly names: Names;
};

type File = { readonly kind: Kind; readonly name: string; readonly folder: string; readonly text: string };

/**
 * What Port should hold: the files of `directory`, with the settings' names and values. Those first that others need.
 */
export function readDefinitions(
  directory: string,
  settings: PortalSettings,
  values: Values,
  prefix: string,
): Definitions {
  const files = FOLDERS.flatMap(([folder, kind]) => filesOf(path.join(directory, folder), kind));
  const names = namesFor(
    files.filter(({ kind }) => kind !== 'permissions').map(({ name }) => name),
    settings,
    prefix,
  );
  const leftOut: LeftOut[] = [];
  const wanted = files.flatMap((file): Wanted[] => {
    const reason = whyLeftOut(file, settings, names, values);
    const body = reason === undefined ? filledIn(file.text, values) : undefined;
    if (body !== undefined) return [wantedOf(file, titled(body, prefix), names)];
    leftOut.push({ kind: file.kind, identifier: names.get(file.name) ?? file.name, reason: reason ?? '' });
    return [];
  });
  return { wanted: inOrder(wanted), leftOut, names };
}

function wantedOf({ kind, name, folder }: File, body: Definition, names: Names): Wanted {
  const { body: own, needs } = renamed(body, names);
  const identifier = names.get(name) ?? name;
  const common = { kind, identifier, body: own, isOnce: kind === 'blueprint' && name === 'service' };
  if (kind === 'permissions') return { ...common, needs: [identifier] };
  if (kind !== 'scorecard') return { ...common, needs };
  const judged = path.basename(folder);
  const blueprint = names.get(judged) ?? judged;
  return { ...common, blueprint, needs: [...needs, blueprint] };
}

/** Two things of one title could not be told apart in the portal. */
function titled(body: Definition, prefix: string): Definition {
  const { title } = body;
  return prefix === '' || typeof title !== 'string' ? body : { ...body, title: `${title} (${prefix})` };
}

/** The action that starts any pipeline is for those who asked for it. */
function whyLeftOut(
  { kind, name }: File,
  settings: PortalSettings,
  names: Names,
  values: Values,
): string | undefined {
  if (kind !== 'action' || name !== 'run_gitlab_pipeline') return undefined;
  const called = names.get(name) ?? name;
  if (!settings.PORT_DEPLOY_ACTIONS.includes(called))
    return `PORT_DEPLOY_ACTIONS does not name ${called}: the bridge would refuse its runs`;
  if (values['GITLAB_PROJECT'] === undefined)
    return 'GITLAB_TRIGGER_TOKENS names no project by its path (group/project:token)';
  return undefined;
}

function filesOf(folder: string, kind: Kind): File[] {
  const entries = readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry): File[] => {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) return filesOf(file, kind);
    if (!entry.name.endsWith('.json')) return [];
    const text = readFileSync(file, 'utf8');
    const { identifier } = definitionSchema.parse(JSON.parse(text));
    const name = typeof identifier === 'string' ? identifier : entry.name.replace(/\.json$/, '');
    return [{ kind, name, folder, text }];
  });
}

/** Stable, but for definitions that need a later one. */
function inOrder(wanted: readonly Wanted[]): Wanted[] {
  const order: Wanted[] = [];
  let waiting = [...wanted];
  while (waiting.length > 0) {
    const open = new Set(
      waiting.filter(({ kind }) => kind !== 'permissions').map(({ identifier }) => identifier),
    );
    const next = waiting.find(({ needs }) => !needs.some((each) => open.has(each)));
    const one = next ?? waiting[0];
    if (one === undefined) break;
    order.push(one);
    waiting = waiting.filter((each) => each !== one);
  }
  return order;
}
