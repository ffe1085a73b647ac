import { type Row, valueOf } from '../state/row.ts';
import type { Instance } from '../state/instance.ts';
import { checkScript, moduleToFunction } from './modules.ts';
import type { AppCode } from './runtime.ts';

const SCRIPT_TABLES = [
  'sys_script',
  'sysevent_script_action',
  'sysauto_script',
  'sys_ui_action',
  'sys_script_include',
];

/**
 * The modules of the installed app, made ready to run, and its script includes; other files that it carries
 * are left out. Throws `ScriptRefused` for a module that the platform's engine would refuse.
 */
export function appCode(instance: Instance): AppCode {
  const modules = new Map<string, string>();
  for (const row of rowsOf(instance, 'sys_module')) {
    const path = valueOf(row, 'path');
    if (/\.(js|ts|mjs)$/.test(path)) modules.set(path, moduleToFunction(path, valueOf(row, 'content')));
  }
  const includes = new Map(
    rowsOf(instance, 'sys_script_include')
      .filter((row) => valueOf(row, 'active') === 'true')
      .map((row) => [valueOf(row, 'api_name'), valueOf(row, 'script')]),
  );
  return { modules, includes };
}

/** Throws `ScriptRefused` for the first script of the app that the platform's engine would refuse. */
export function checkAppScripts(instance: Instance): void {
  for (const table of SCRIPT_TABLES) {
    for (const row of rowsOf(instance, table)) {
      checkScript(`${table} '${valueOf(row, 'name')}'`, valueOf(row, 'script'));
    }
  }
}

function rowsOf(instance: Instance, table: string): Row[] {
  return instance.store.dictionary.table(table) === undefined ? [] : instance.store.all(table);
}
