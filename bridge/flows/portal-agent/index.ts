import { messageOf, NotYet, RequestRefused } from '../../model/errors.ts';
import { AGENT_KEYS, CLAIMED_KINDS, type ClaimedKind } from '../shared/agent-keys.ts';
import type { Agent, FlowContext } from '../shared/context.ts';
import type { Flow } from '../shared/flow.ts';
import { takeNode, takeRun } from './act.ts';
import { type Claimed, claim } from './gather.ts';
import * as texts from './texts.ts';

/**
 * Claims runs of a portal that cannot reach the bridge. A run is stored first, then acknowledged; what was not
 * acknowledged is claimed again, by whichever bridge comes first, and known by its id. Key: a kind of runs.
 */
export const portalAgent = {
  name: 'portal-agent',
  concurrency: CLAIMED_KINDS.length,
  run,
  owes: false,
  longestBackoffMs: 60_000,
} as const satisfies Flow;

/** How many runs are claimed at once, and how often in one go. */
const BATCH = 10;
const MOST_BATCHES = 100;
/** When to ask again (ms) where the portal refuses, and where it may just have no such runs. */
const REFUSED_MS = 60_000;
const ABSENT_MS = 600_000;
/** A foreign run is seen again whenever a claim of it has run out. */
const SEEN_CLAIMS = 4;

async function run(ctx: FlowContext, key: string): Promise<void> {
  const { agent } = ctx.settings;
  if (agent === undefined) return;
  if (key === AGENT_KEYS.announce) return announce(ctx);
  const kind = CLAIMED_KINDS.find((each) => each === key);
  if (kind !== undefined) await claimAll(ctx, agent, kind);
}

/** Claims until fewer than a whole batch come: what is left to others must not hide what is ours. */
async function claimAll(ctx: FlowContext, agent: Agent, kind: ClaimedKind): Promise<void> {
  for (let batch = 0; batch < MOST_BATCHES; batch += 1) {
    const until = ctx.clock() + agent.claimMs;
    const claimed = await ask(ctx, agent, kind);
    await tellForeign(ctx, agent, kind, claimed);
    await takeIn(ctx, claimed, until);
    if (claimed.length < BATCH) return;
  }
}

async function ask(ctx: FlowContext, agent: Agent, kind: ClaimedKind): Promise<Claimed[]> {
  const { warnings } = ctx.ledger;
  const warning = `portal-agent-${kind}`;
  try {
    const claimed = await claim(ctx, agent, kind, BATCH);
    await warnings.clear(warning);
    return claimed;
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    const text = texts.notClaimable(kind, error.status, error.message);
    // Most organisations have no workflows, and then no such route.
    if (kind === 'workflow' && error.status === 404) throw new NotYet(text, ABSENT_MS);
    if (await warnings.raise(warning, text)) ctx.log.error({ kind }, text);
    throw new NotYet(text, REFUSED_MS);
  }
}

/** What fails does not keep the others of its batch from being taken in. */
async function takeIn(ctx: FlowContext, claimed: readonly Claimed[], until: number): Promise<void> {
  const done = await Promise.allSettled(claimed.map((each) => take(ctx, each, until)));
  for (const each of done) if (each.status === 'rejected') throw each.reason;
}

/** Stores a run, and acknowledges it once it is stored. A claim that has run out may be somebody else's by now. */
async function take(ctx: FlowContext, { id, isNode, plan }: Claimed, until: number): Promise<void> {
  if (plan.kind === 'foreign' || ctx.clock() >= until) return;
  const { claims } = ctx.port;
  const acceptance = await (isNode ? takeNode(ctx, id, plan) : takeRun(ctx, id, plan));
  const isOurs = await (isNode ? claims.acknowledgeNode(id) : claims.acknowledge(id));
  ctx.log.info({ run: id, kind: plan.kind, acceptance, isOurs }, 'A run of the portal was claimed.');
}

/** Whoever set up the portal has to know of runs that nobody may carry out. */
async function tellForeign(
  ctx: FlowContext,
  { claimMs }: Agent,
  kind: ClaimedKind,
  claimed: readonly Claimed[],
): Promise<void> {
  const { warnings, sightings } = ctx.ledger;
  const warning = `portal-agent-${kind}-foreign`;
  const [foreign] = claimed.flatMap(({ plan }) => (plan.kind === 'foreign' ? [plan.why] : []));
  if (foreign !== undefined) {
    await sightings.saw(warning, claimMs * SEEN_CLAIMS);
    if (await warnings.raise(warning, foreign)) ctx.log.warn({ kind }, foreign);
  } else if (!(await sightings.isFresh(warning))) await warnings.clear(warning);
}

/** Without it, an organisation's runs may go to a topic that the bridge does not read. */
async function announce(ctx: FlowContext): Promise<void> {
  const { warnings } = ctx.ledger;
  const warning = 'portal-agent-announce';
  try {
    const changed = await ctx.port.claims.announce();
    await warnings.clear(warning);
    if (changed !== undefined) ctx.log.warn(texts.announced(changed.before));
  } catch (error) {
    if (!(error instanceof RequestRefused)) throw error;
    const text = texts.notAnnounced(messageOf(error));
    if (await warnings.raise(warning, text)) ctx.log.warn(text);
  }
}
