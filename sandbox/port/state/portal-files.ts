import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAction, createBlueprint, replaceAction, replaceBlueprint } from './definitions.ts';
import { parse } from '../api/errors.ts';
import { actionInput, blueprintInput } from './model.ts';
import type { Organisation } from './organisation.ts';

/**
 * Creates or replaces every blueprint, action and automation found as JSON under `dir`.
 * `${NAME}` in a file is replaced by the value of that name.
 * @throws Error when a file names a value that was not given, PortError when the portal refuses it
 */
export function applyPortalFiles(org: Organisation, dir: string, values: Record<string, string>): void {
  const actor = { id: org.clientId, origin: 'API' } as const;
  for (const json of readAll(join(dir, 'blueprints'), values)) {
    const input = parse(blueprintInput, json);
    if (org.store.blueprints.has(input.identifier)) replaceBlueprint(org, input, actor);
    else createBlueprint(org, input, actor);
  }
  for (const folder of ['actions', 'automations']) {
    for (const json of readAll(join(dir, folder), values)) {
      const input = parse(actionInput, json);
      if (org.store.actions.has(input.identifier)) replaceAction(org, input.identifier, input, actor);
      else createAction(org, input, actor);
    }
  }
}

function readAll(folder: string, values: Record<string, string>): unknown[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.toSorted().map((name) => readOne(join(folder, name), values));
}

function readOne(file: string, values: Record<string, string>): unknown {
  const text = readFileSync(file, 'utf8').replaceAll(/\$\{([A-Z0-9_]+)\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${file} needs a value for ${name}, which was not given`);
    return JSON.stringify(value).slice(1, -1);
  });
  return JSON.parse(text);
}
