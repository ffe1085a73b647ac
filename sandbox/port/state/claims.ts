import { z } from 'zod';
import { notFound, PortError } from '../api/errors.ts';
import type { Organisation } from './organisation.ts';

/** The installation that the runs meant for an execution agent belong to. */
export const AGENT_INSTALLATION = '_PORT_EXEC_AGENT';
const DEFAULT_VISIBILITY_MS = 90_000;

/** What a run and a node's run have in common while they wait for a worker. */
export interface Claimable {
  pendingExecution?: boolean;
  /** Until when (ISO 8601) a claim hides it from others. */
  claimedUntil?: string;
  installationId?: string;
}

export const claimInput = z.strictObject({
  installationId: z.string().min(1),
  limit: z.int().min(1).max(100),
  invocationMethod: z.enum(['WEBHOOK', 'GITLAB', 'GITHUB', 'AZURE_DEVOPS', 'KAFKA']).optional(),
  visibilityTimeoutMs: z.int().min(1).default(DEFAULT_VISIBILITY_MS),
});
export type ClaimInput = z.infer<typeof claimInput>;

/** Puts a run where an agent that polls finds it. Without such an agent it goes to a topic that nobody reads here. */
export function offer(org: Organisation, run: Claimable): void {
  run.installationId = AGENT_INSTALLATION;
  if (org.settings.portAgentStreamerName === 'POLLING') run.pendingExecution = true;
}

/** A run that has ended waits for nobody. */
export function withdraw(run: Claimable): void {
  if (run.pendingExecution !== undefined) run.pendingExecution = false;
  delete run.claimedUntil;
}

/** The oldest pending runs that nobody has: they are hidden from every other claim for a while. */
export function claim<T extends Claimable>(org: Organisation, runs: Iterable<T>, asked: ClaimInput): T[] {
  const now = org.clock();
  const free = [...runs].filter(
    (run) =>
      run.pendingExecution === true && run.installationId === asked.installationId && !isHeld(run, now),
  );
  const claimed = free.slice(0, asked.limit);
  for (const run of claimed) run.claimedUntil = new Date(now + asked.visibilityTimeoutMs).toISOString();
  return claimed;
}

/**
 * Says that a claimed run has a worker for good.
 * @throws PortError 404 where there is none, 409 where nobody has claimed it, the claim ran out, it was acknowledged
 * before, or it has ended
 */
export function acknowledge(
  org: Organisation,
  runs: readonly (readonly [string, Claimable | undefined])[],
): number {
  for (const [id, run] of runs) {
    if (run === undefined) throw notFound('ActionRun', id);
    if (run.pendingExecution !== true || !isHeld(run, org.clock())) {
      throw new PortError(409, 'conflict', `Run "${id}" is not claimed, or was acknowledged already`, { id });
    }
  }
  for (const [, run] of runs) if (run !== undefined) withdraw(run);
  return runs.length;
}

/** Every claim runs out now, as if its time had passed. */
export function lapse(org: Organisation): void {
  const { runs, workflows } = org.store;
  for (const run of [...runs.values(), ...workflows.nodeRuns.values()]) {
    if (run.claimedUntil !== undefined) run.claimedUntil = new Date(org.clock() - 1).toISOString();
  }
}

function isHeld({ claimedUntil }: Claimable, now: number): boolean {
  return claimedUntil !== undefined && Date.parse(claimedUntil) > now;
}
