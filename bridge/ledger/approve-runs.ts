import { z } from 'zod';
import { owedBy } from './owed.ts';
import type { Script, Store } from './store.ts';

const approveRunSchema = z.object({
  /** `waiting`: stored, nothing done. `writing`: ServiceNow is being asked. `applied`, `refused`: final. */
  status: z.enum(['waiting', 'writing', 'applied', 'refused']),
  sys_id: z.string().optional(),
  decision: z.enum(['approved', 'rejected']).optional(),
  /** Who asked in the portal: an e-mail where it is known, else the portal's user id. */
  actor: z.string().optional(),
  reason: z.string().optional(),
  /** Who ran the action in the actor's name (the portal's run_as); absent where the actor did. */
  via: z.string().optional(),
  /** A write was sent whose outcome is unknown: it may still turn out to be ours. */
  unknown: z.stringbool().default(false),
  /** The change's version before the write, and the version that shows the decision. */
  base_version: z.coerce.number().optional(),
  applied_version: z.coerce.number().optional(),
  outcome: z.string().optional(),
  created_at: z.coerce.number(),
  updated_at: z.coerce.number(),
});

/** A run of the portal's approve action: somebody asks there to decide a change. */
export type ApproveRun = z.output<typeof approveRunSchema> & { readonly runId: string };

/** What the portal's API, not the webhook, says that the run wants. */
export type ApproveRequest = {
  readonly sysId: string;
  readonly decision: 'approved' | 'rejected';
  readonly actor: string;
  readonly reason: string;
  readonly via?: string;
};

const OWED = owedBy('portal-approval');

function name(runId: string): string {
  return `approval:${runId}`;
}

function ofChange(sysId: string): string {
  return `change:${sysId}:portal-approvals`;
}

function turnOf(sysId: string): string {
  return `change:${sysId}:portal-turn`;
}

export class ApproveRuns {
  readonly #store: Store;
  readonly #takeTurn: Script;
  readonly #endTurn: Script;
  readonly #record: Script;
  readonly #beginWrite: Script;
  readonly #end: Script;
  readonly #undoWrite: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#takeTurn = store.script('take-turn');
    this.#endTurn = store.script('end-turn');
    this.#record = store.script('record-approve-run');
    this.#beginWrite = store.script('begin-write');
    this.#end = store.script('end-approve-run');
    this.#undoWrite = store.script('undo-write');
  }

  async get(runId: string): Promise<ApproveRun | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(runId)));
    return hash.status === undefined ? undefined : { ...approveRunSchema.parse(hash), runId };
  }

  /** Records the run once; false where it is known already. */
  async record(runId: string, now: number): Promise<boolean> {
    return (await this.#record({ record: name(runId), owed: OWED, run_id: runId, now })) === 1;
  }

  /** Takes the change's turn for this run, for `leaseMs`; false while another run has it. */
  async takeTurn(sysId: string, runId: string, now: number, leaseMs: number): Promise<boolean> {
    const input = { turn: turnOf(sysId), run_id: runId, now, lease: now + leaseMs };
    return (await this.#takeTurn(input)) === 1;
  }

  async endTurn(sysId: string, runId: string): Promise<void> {
    await this.#endTurn({ turn: turnOf(sysId), run_id: runId });
  }

  /** Keeps what the run wants, as the portal's API told it. */
  async describe(runId: string, request: ApproveRequest): Promise<void> {
    const { sysId, decision, actor, reason, via } = request;
    const facts = { sys_id: sysId, decision, actor, reason, ...(via === undefined ? {} : { via }) };
    await this.#store.redis.hset(this.#store.key(name(runId)), facts);
  }

  /**
   * Says, before ServiceNow is asked, what is about to be written, and takes the right to write it for `leaseMs`.
   * False where another worker has it, or the turn was lost. The first base version stays.
   */
  async beginWriting(
    runId: string,
    sysId: string,
    baseVersion: number,
    now: number,
    leaseMs: number,
  ): Promise<boolean> {
    const keys = { record: name(runId), of_change: ofChange(sysId), turn: turnOf(sysId) };
    const args = { run_id: runId, base_version: baseVersion, now, lease: now + leaseMs };
    return (await this.#beginWrite({ ...keys, ...args })) === 1;
  }

  /** Our request surely had no effect: nothing was written, unless an earlier one's outcome is unknown. */
  async notWritten(runId: string): Promise<void> {
    await this.#undoWrite({ record: name(runId) });
  }

  /** Nobody knows whether our request had its effect. */
  async maybeWritten(runId: string): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(runId)), 'unknown', 1);
  }

  async applied(runId: string, version: number, outcome: string, now: number): Promise<void> {
    const facts = ['applied_version', version];
    await this.#end({ record: name(runId), status: 'applied', outcome, now, facts });
  }

  async refused(runId: string, outcome: string, now: number): Promise<void> {
    await this.#end({ record: name(runId), status: 'refused', outcome, now, facts: [] });
  }

  /** Forgets a run that asked for nothing, so that a later, real one with the same id is taken up. */
  async forget(runId: string): Promise<void> {
    await this.#store.redis
      .multi()
      .del(this.#store.key(name(runId)))
      .zrem(this.#store.key(OWED), runId)
      .exec();
  }

  /** The runs about a change that went as far as writing, newest first. */
  async ofChange(sysId: string): Promise<ApproveRun[]> {
    const ids = await this.#store.redis.zrevrange(this.#store.key(ofChange(sysId)), 0, 19);
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((approval) => approval !== undefined);
  }
}
