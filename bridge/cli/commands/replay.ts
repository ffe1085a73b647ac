import { z } from 'zod';
import { bridgeClient } from '../bridge-client.ts';
import { type Host, UsageError } from '../host.ts';
import type { Register } from './index.ts';

const itemSchema = z.looseObject({
  flow: z.string(),
  key: z.string(),
  effect: z.string(),
  error: z.string(),
});
type Item = z.output<typeof itemSchema>;
const planSchema = z.object({ plan: z.string(), count: z.number(), items: z.array(itemSchema) });
const replaySchema = z.looseObject({ id: z.string(), replayed: z.number() });

type Options = {
  readonly flow?: string;
  readonly key?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
};

const HELP = `
First a plan: what each replay would do. Then, once somebody agrees, that plan and no other. A replay is another run of its
flow, so it repeats nothing that was done.

Ends with 0 where it was carried out or there is nothing to do, with 2 where a dry run found something, and with 1 where
nobody agreed or it failed.`;

/** `changebridge replay`: plans the replay of dead letters, and carries the plan out. */
export const replay: Register = (program, host, end) => {
  program
    .command('replay')
    .description('Runs dead letters again, after a look at what that would do.')
    .option('--flow <flow>', 'only those of this flow')
    .option('--key <key>', 'only the one with this key')
    .option('--reason <text>', 'why; it stands in the audit log')
    .option('--dry-run', 'show the plan, and do nothing')
    .option('-y, --yes', 'do not ask before the plan is carried out')
    .option('--json', 'tell it as JSON')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      const { flow, key, reason, yes = false, dryRun = false, json = false } = options;
      const chosen = { ...(flow === undefined ? {} : { flow }), ...(key === undefined ? {} : { key }) };
      const bridge = bridgeClient(host);
      const plan = await bridge.post('/v1/replays', chosen, planSchema);
      if (json && (dryRun || plan.count === 0)) host.say(`${JSON.stringify(plan, undefined, 2)}\n`);
      else if (!json) host.say(planText(plan.items));
      if (plan.count === 0) return end(0);
      if (dryRun) return end(2);
      if (reason === undefined) throw new UsageError('Say why, with --reason: it stands in the audit log.');
      if (!(await isAgreed(host, yes, plan.count))) return end(1);
      const body = { ...chosen, dry_run: false, plan: plan.plan, reason };
      const done = await bridge.post('/v1/replays', body, replaySchema);
      host.say(
        json ? `${JSON.stringify(done, undefined, 2)}\n` : `${done.id}: ${done.replayed} run again.\n`,
      );
      return end(0);
    });
};

function planText(items: readonly Item[]): string {
  if (items.length === 0) return 'There is no dead letter to replay.\n';
  return items
    .map(({ flow, key, effect, error }) => `${effect.padEnd(15)} ${flow} ${key}: ${error}\n`)
    .join('');
}

async function isAgreed(host: Host, yes: boolean, count: number): Promise<boolean> {
  if (yes) return true;
  if (host.isTerminal && (await host.confirm(`Run ${count} again?`))) return true;
  host.complain('Nothing was run again. Add --yes to run the plan without being asked.\n');
  return false;
}
