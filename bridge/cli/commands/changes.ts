import { styleText } from 'node:util';
import { z } from 'zod';
import { bridgeClient } from '../bridge-client.ts';
import type { Host } from '../host.ts';
import type { Register } from './index.ts';

const changeSchema = z.looseObject({
  sys_id: z.string(),
  number: z.string().nullable(),
  short_description: z.string().nullable(),
  state_label: z.string().nullable(),
  approval_label: z.string().nullable(),
  in_step: z.boolean(),
});
type ChangeRow = z.output<typeof changeSchema>;
const pageSchema = z.object({ changes: z.array(changeSchema) });
const timelineSchema = z.object({
  timeline: z.array(z.looseObject({ at: z.string(), what: z.string(), text: z.string() })),
});

/** `changebridge changes` and `changebridge timeline`. */
export const changes: Register = (program, host, end) => {
  program
    .command('changes')
    .description('Lists the changes that the bridge knows, the newest first.')
    .option('--limit <number>', 'how many, at most 200', '20')
    .option('--json', 'tell it as JSON')
    .action(async ({ limit, json = false }: { limit: string; json?: boolean }) => {
      const path = `/v1/changes?limit=${encodeURIComponent(limit)}`;
      const { changes: found } = await bridgeClient(host).get(path, pageSchema);
      host.say(json ? `${JSON.stringify(found, undefined, 2)}\n` : listText(host, found));
      end(0);
    });
  program
    .command('timeline <change>')
    .description('Tells what happened to a change, by its number or sys_id, the oldest first.')
    .option('--json', 'tell it as JSON')
    .action(async (change: string, { json = false }: { json?: boolean }) => {
      const path = `/v1/changes/${encodeURIComponent(change)}/timeline`;
      const { timeline } = await bridgeClient(host).get(path, timelineSchema);
      if (json) host.say(`${JSON.stringify(timeline, undefined, 2)}\n`);
      for (const { at, what, text } of json ? [] : timeline)
        host.say(`${dim(host, at)}  ${what.padEnd(12)} ${text}\n`);
      end(0);
    });
};

function listText(host: Host, found: readonly ChangeRow[]): string {
  if (found.length === 0) return 'The bridge knows no change yet.\n';
  return found.map((change) => rowText(host, change)).join('');
}

function rowText(host: Host, change: ChangeRow): string {
  const name = (change.number ?? change.sys_id).padEnd(12);
  const where = `${(change.approval_label ?? '').padEnd(18)} ${(change.state_label ?? '').padEnd(10)}`;
  const behind = change.in_step ? '' : dim(host, ' (the portal does not show this version yet)');
  return `${name} ${where} ${change.short_description ?? ''}${behind}\n`;
}

function dim({ isTerminal }: Host, text: string): string {
  return isTerminal ? styleText('dim', text, { validateStream: false }) : text;
}
