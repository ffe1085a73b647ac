import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A record of a small app that a test writes for itself. */
export type MiniRecord = { table: string; fields: Record<string, string> };

const SCOPE = 'x_mini';

/** A business rule on change_request, in the words of `sys_script`. */
export function rule(
  when: string,
  actions: string[],
  script: string,
  extra: Record<string, string> = {},
): MiniRecord {
  const flags = ['insert', 'update', 'delete'].map((name) => [
    `action_${name}`,
    String(actions.includes(name)),
  ]);
  return {
    table: 'sys_script',
    fields: {
      name: `${when} ${actions.join()}`,
      collection: 'change_request',
      active: 'true',
      order: '100',
      when,
      script,
      ...Object.fromEntries(flags),
      ...extra,
    },
  };
}

/** A module of the app; rules reach it by `require('x_mini/app/1.0.0/src/server/<name>')`. */
export function module(name: string, content: string): MiniRecord {
  return { table: 'sys_module', fields: { path: `${SCOPE}/app/1.0.0/src/server/${name}`, content } };
}

/** Writes the app as the SDK's build would and returns its directory, and how to remove it. */
export async function miniApp(
  records: MiniRecord[],
): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'mini-app-'));
  const app = { table: 'sys_app', fields: { scope: SCOPE, name: 'Mini', version: '1.0.0' } };
  const all = [app, ...records];
  await Promise.all(
    all.map(({ table, fields }, index) => {
      const body = Object.entries(fields).map(([name, value]) => `<${name}><![CDATA[${value}]]></${name}>`);
      const sysId = String(index + 1).padStart(32, '0');
      const xml = `<?xml version="1.0"?><record_update table="${table}"><${table} action="INSERT_OR_UPDATE"><sys_id>${sysId}</sys_id>${body.join('')}</${table}></record_update>`;
      return writeFile(join(directory, `${table}_${sysId}.xml`), xml);
    }),
  );
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) };
}
