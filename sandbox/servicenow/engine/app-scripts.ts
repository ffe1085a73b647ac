import { valueOf } from '../data/row.ts';
import type { Instance } from '../instance.ts';
import { checkScript, moduleToFunction } from './modules.ts';
import type { ModuleSources } from './runtime.ts';

const SCRIPT_TABLES = ['sys_script', 'sysevent_script_action', 'sysauto_script', 'sys_ui_action'];

/** The JavaScript modules of the installed app by path. Other files that it carries are left out. */
export function moduleSources(instance: Instance): ModuleSources {
  if (instance.store.dictionary.table('sys_module') === undefined) return new Map();
  return new Map(
    instance.store
      .all('sys_module')
      .map((row): [string, string] => [valueOf(row, 'path'), valueOf(row, 'content')])
      .filter(([path]) => /\.(js|ts|mjs)$/.test(path)),
  );
}

/** Throws `ScriptRefused` for the first script or module of the app that the platform's engine would refuse. */
export function checkAppScripts(instance: Instance, sources: ModuleSources): void {
  for (const [path, source] of sources) moduleToFunction(path, source);
  for (const table of SCRIPT_TABLES) {
    if (instance.store.dictionary.table(table) === undefined) continue;
    for (const row of instance.store.all(table)) {
      checkScript(`${table} '${valueOf(row, 'name')}'`, valueOf(row, 'script'));
    }
  }
}
