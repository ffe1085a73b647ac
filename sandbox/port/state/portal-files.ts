import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from '../api/errors.ts';
import { createAction, createBlueprint, replaceAction, replaceBlueprint } from './definitions.ts';
import {
  actionInput,
  blueprintInput,
  pageInput,
  permissionsInput,
  scorecardInput,
  type Actor,
  type BlueprintInput,
} from './model.ts';
import type { Organisation } from './organisation.ts';
import { changePage, createPage } from './pages.ts';
import { changePermissions } from './permissions.ts';
import { createScorecard, replaceScorecard, scorecardsOf } from './scorecards.ts';

/** What stands for `${NAME}` in a file. A text that is nothing else takes the value as it is. */
export type PortalValues = Readonly<Record<string, string | boolean | readonly string[]>>;

/** What an administrator fills in who wants the least: themselves to approve, and a project to start. */
const DEFAULTS: PortalValues = {
  VIA_AGENT: false,
  APPROVER_ROLES: ['Admin'],
  APPROVER_USERS: [],
  APPROVER_TEAMS: [],
  GITLAB_GROUP: 'platform',
  GITLAB_PROJECT: 'checkout',
  GITLAB_REF: 'main',
};

/**
 * Creates or replaces everything found as JSON under `dir`: blueprints, actions, automations, permissions,
 * scorecards and pages.
 * @throws Error when a file names a value that was not given, PortError when the portal refuses it
 */
export function applyPortalFiles(org: Organisation, dir: string, given: PortalValues): void {
  const actor: Actor = { id: org.clientId, origin: 'API' };
  const values = { ...DEFAULTS, ...given };
  applyBlueprints(org, readAll(join(dir, 'blueprints'), values), actor);
  for (const folder of ['actions', 'automations']) {
    for (const { json } of readAll(join(dir, folder), values)) {
      const input = parse(actionInput, json);
      if (org.store.actions.has(input.identifier)) replaceAction(org, input.identifier, input, actor);
      else createAction(org, input, actor);
    }
  }
  for (const { name, json } of readAll(join(dir, 'permissions'), values)) {
    changePermissions(org, name, parse(permissionsInput, json));
  }
  for (const blueprint of foldersOf(join(dir, 'scorecards'))) {
    for (const { json } of readAll(join(dir, 'scorecards', blueprint), values)) {
      const input = parse(scorecardInput, json);
      const known = scorecardsOf(org, blueprint).some((each) => each.identifier === input.identifier);
      if (known) replaceScorecard(org, blueprint, input.identifier, input, actor);
      else createScorecard(org, blueprint, input, actor);
    }
  }
  for (const { json } of readAll(join(dir, 'pages'), values)) {
    const input = parse(pageInput, json);
    if (org.store.pages.has(input.identifier)) changePage(org, input.identifier, input, actor);
    else createPage(org, input, actor);
  }
}

/** Those first that others relate to. */
function applyBlueprints(org: Organisation, files: readonly PortalFile[], actor: Actor): void {
  let waiting = files.map(({ json }) => parse(blueprintInput, json));
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ identifier }) => identifier));
    const ready = waiting.filter((input) => !relatesTo(input, names));
    // A circle is the portal's to refuse.
    for (const input of ready.length > 0 ? ready : waiting) {
      if (org.store.blueprints.has(input.identifier)) replaceBlueprint(org, input, actor);
      else createBlueprint(org, input, actor);
    }
    waiting = ready.length > 0 ? waiting.filter((input) => !ready.includes(input)) : [];
  }
}

function relatesTo({ identifier, relations }: BlueprintInput, names: ReadonlySet<string>): boolean {
  return Object.values(relations ?? {}).some(({ target }) => target !== identifier && names.has(target));
}

interface PortalFile {
  /** Without its ending. */
  name: string;
  json: unknown;
}

function readAll(folder: string, values: PortalValues): PortalFile[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files
    .toSorted()
    .map((name) => ({ name: name.replace(/\.json$/, ''), json: readOne(join(folder, name), values) }));
}

function foldersOf(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function readOne(file: string, values: PortalValues): unknown {
  const text = readFileSync(file, 'utf8');
  const valueOf = (name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file} needs a value for ${name}, which was not given`);
    return value;
  };
  const whole = text.replaceAll(/"\$\{([A-Z0-9_]+)\}"/g, (_all, name: string) =>
    JSON.stringify(valueOf(name)),
  );
  const filled = whole.replaceAll(/\$\{([A-Z0-9_]+)\}/g, (_all, name: string) =>
    JSON.stringify(String(valueOf(name))).slice(1, -1),
  );
  return JSON.parse(filled);
}
