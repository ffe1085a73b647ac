import { CLAIMED_KINDS } from './shared/agent-keys.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';

/** What the schedule asks the sweep for: unfinished work, runs to claim, and the next delta or full read. */
export const SWEEP_KEYS = { owed: 'open', agent: 'agent', delta: 'delta', full: 'full' } as const;

/** What has been owed for longer than this (ms) gets another run, in case its job was lost. */
const OWED_FOR_MS = 30_000;
/** How many keys of a flow one sweep asks for. */
const AT_MOST = 200;

/**
 * The schedule's ticks. They are short and have a queue of their own, so they go on while a long reconcile runs or
 * is paused.
 */
export const sweep = { name: 'sweep', concurrency: 1, run: tick, owes: false } as const satisfies Flow;

async function tick(ctx: FlowContext, key: string): Promise<void> {
  if (key === SWEEP_KEYS.owed) return askForOwed(ctx);
  if (key === SWEEP_KEYS.agent) return askForClaims(ctx);
  if (key === SWEEP_KEYS.delta || key === SWEEP_KEYS.full) return scheduledSync(ctx, key);
}

/**
 * Level-triggered safety net: whatever the ledger knows to be unfinished is asked for again. What is a dead
 * letter waits for an operator.
 */
async function askForOwed(ctx: FlowContext): Promise<void> {
  const before = ctx.clock() - OWED_FOR_MS;
  for (const name of ctx.owingFlows) {
    for (const key of await ctx.ledger.owed.before(name, before, AT_MOST)) {
      await ctx.enqueue(name, key, { ifIdle: true });
    }
  }
  for (const id of await ctx.ledger.gates.expiredBefore(ctx.clock(), AT_MOST)) {
    await ctx.enqueue('gate', id, { ifIdle: true });
  }
}

/** One claim of each kind at a time; one that failed waits for its backoff. */
async function askForClaims(ctx: FlowContext): Promise<void> {
  if (ctx.settings.agent === undefined) return;
  for (const kind of CLAIMED_KINDS) await ctx.enqueue('portal-agent', kind, { ifIdle: true });
}

/**
 * Sees that the schedule's one sync of this mode goes on until it is done: the tick itself reads nothing, and adds
 * nothing where that sync waits or runs. Before there is a cursor, the first full read is what both modes need.
 */
async function scheduledSync(ctx: FlowContext, wanted: 'delta' | 'full'): Promise<void> {
  const { syncs } = ctx.ledger;
  const mode = (await syncs.cursor()) === undefined ? 'full' : wanted;
  await ctx.enqueue('reconcile', await syncs.scheduled(mode, ctx.clock()), { ifIdle: true });
}
