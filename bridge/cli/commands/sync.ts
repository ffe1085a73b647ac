import { z } from 'zod';
import { type BridgeClient, bridgeClient } from '../bridge-client.ts';
import { type Host, UsageError } from '../host.ts';
import type { Register } from './index.ts';

const syncSchema = z.looseObject({
  id: z.string(),
  status: z.string(),
  read: z.number(),
  changed: z.number(),
  deleted: z.number(),
  unreadable: z.number(),
  message: z.string().nullish(),
});
type Sync = z.output<typeof syncSchema>;

const LOOK_EVERY_MS = 500;
const ENDED: ReadonlySet<string> = new Set(['done', 'failed']);

type Options = { readonly reason?: string; readonly wait: boolean; readonly json?: boolean };

/** `changebridge sync delta|full`: asks for it, and tells how far it got until it has ended. */
export const sync: Register = (program, host, end) => {
  program
    .command('sync <mode>')
    .description('Reads ServiceNow: what changed of late (delta), or everything (full).')
    .option('--reason <text>', 'why; it stands in the audit log')
    .option('--no-wait', 'do not wait for its end')
    .option('--json', 'tell it as JSON')
    .addHelpText('after', '\nEnds with 0 where the sync did what it was to do, and with 1 where it failed.')
    .action(async (mode: string, { reason, wait, json = false }: Options) => {
      if (mode !== 'delta' && mode !== 'full') throw new UsageError('The mode is delta or full.');
      const bridge = bridgeClient(host);
      const body = { mode, ...(reason === undefined ? {} : { reason }) };
      const asked = await bridge.post('/v1/syncs', body, syncSchema);
      const found = wait ? await ended(bridge, host, asked, json) : asked;
      tell(host, found, json);
      end(found.status === 'failed' ? 1 : 0);
    });
};

async function ended(bridge: BridgeClient, host: Host, asked: Sync, json: boolean): Promise<Sync> {
  let found = asked;
  while (!ENDED.has(found.status)) {
    if (!json && host.isTerminal) host.say(`\r${progressText(found)}`);
    await host.pause(LOOK_EVERY_MS);
    found = await bridge.get(`/v1/syncs/${found.id}`, syncSchema);
  }
  return found;
}

function tell(host: Host, found: Sync, json: boolean): void {
  if (json) return host.say(`${JSON.stringify(found, undefined, 2)}\n`);
  const message = (found.message ?? '') === '' ? '' : ` ${found.message ?? ''}`;
  return host.say(`${host.isTerminal ? '\r' : ''}${progressText(found)}${message}\n`);
}

function progressText({ id, status, read, changed, deleted, unreadable }: Sync): string {
  const odd = unreadable === 0 ? '' : `, ${unreadable} not readable`;
  return `${id}: ${status}, ${read} read, ${changed} changed, ${deleted} deleted${odd}`;
}
