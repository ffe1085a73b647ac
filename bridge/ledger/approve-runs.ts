import { z } from 'zod';
import type { Script, Store } from './store.ts';

const approvalSchema = z.object({
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

/** A portal user's wish to decide a change; its id is the run of the portal's approve action. */
export type ApproveRun = z.output<typeof approvalSchema> & { readonly runId: string };

/** What the portal's API, not the webhook, says that the run wants. */
export type ApproveRequest = {
  readonly sysId: string;
  readonly decision: 'approved' | 'rejected';
  readonly actor: string;
  readonly reason: string;
  readonly via?: string;
};

const RECORD = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'status', 'waiting', 'created_at', ARGV[2], 'updated_at', ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 1`;

// One decision on a change at a time: the next one reads what this one wrote. A turn that is not given back lapses.
const TAKE_TURN = `
local holder = redis.call('HGET', KEYS[1], 'run')
if holder and holder ~= ARGV[1] and tonumber(redis.call('HGET', KEYS[1], 'until')) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], 'run', ARGV[1], 'until', ARGV[3])
return 1`;

const END_TURN = `
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`;

const WRITING = `
if redis.call('HGET', KEYS[3], 'run') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[3], 'until', ARGV[4])
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'waiting' and status ~= 'writing' then return 0 end
if tonumber(redis.call('HGET', KEYS[1], 'lease') or 0) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'status', 'writing', 'updated_at', ARGV[1], 'lease', ARGV[4])
redis.call('HSETNX', KEYS[1], 'base_version', ARGV[3])
redis.call('ZADD', KEYS[2], ARGV[1], ARGV[2])
return 1`;

const NOT_WRITTEN = `
redis.call('HSET', KEYS[1], 'lease', 0)
if redis.call('HGET', KEYS[1], 'status') ~= 'writing' or redis.call('HGET', KEYS[1], 'unknown') == '1' then return 0 end
redis.call('HSET', KEYS[1], 'status', 'waiting')
redis.call('HDEL', KEYS[1], 'base_version')
return 1`;

const END = `
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'waiting' and status ~= 'writing' then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'outcome', ARGV[3], 'updated_at', ARGV[4], unpack(ARGV, 5))
return 1`;

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
  readonly #writing: Script;
  readonly #end: Script;
  readonly #notWritten: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#takeTurn = store.script(TAKE_TURN);
    this.#endTurn = store.script(END_TURN);
    this.#record = store.script(RECORD);
    this.#writing = store.script(WRITING);
    this.#end = store.script(END);
    this.#notWritten = store.script(NOT_WRITTEN);
  }

  async get(runId: string): Promise<ApproveRun | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(runId)));
    return hash.status === undefined ? undefined : { ...approvalSchema.parse(hash), runId };
  }

  /** Records the wish once per run; false where it is known already. */
  async record(runId: string, now: number): Promise<boolean> {
    return (await this.#record([name(runId), 'approvals:open'], [runId, now])) === 1;
  }

  /** Takes the change's turn for this wish, for `leaseMs`; false while another wish about the change has it. */
  async takeTurn(sysId: string, runId: string, now: number, leaseMs: number): Promise<boolean> {
    return (await this.#takeTurn([turnOf(sysId)], [runId, now, now + leaseMs])) === 1;
  }

  async endTurn(sysId: string, runId: string): Promise<void> {
    await this.#endTurn([turnOf(sysId)], [runId]);
  }

  /** Keeps what the run wants, as the portal's API told it. */
  async describe(runId: string, wish: ApproveRequest): Promise<void> {
    const { sysId, decision, actor, reason, via } = wish;
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
    const args = [now, runId, baseVersion, now + leaseMs];
    return (await this.#writing([name(runId), ofChange(sysId), turnOf(sysId)], args)) === 1;
  }

  /** Our request surely had no effect: nothing was written, unless an earlier one's outcome is unknown. */
  async notWritten(runId: string): Promise<void> {
    await this.#notWritten([name(runId)], []);
  }

  /** Nobody knows whether our request had its effect. */
  async maybeWritten(runId: string): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(runId)), 'unknown', 1);
  }

  async applied(runId: string, version: number, outcome: string, now: number): Promise<void> {
    await this.#end([name(runId)], [runId, 'applied', outcome, now, 'applied_version', version]);
  }

  async refused(runId: string, outcome: string, now: number): Promise<void> {
    await this.#end([name(runId)], [runId, 'refused', outcome, now]);
  }

  /** Forgets a wish that was none, so that a later, real one with the same run is taken up. */
  async forget(runId: string): Promise<void> {
    await this.#store.redis
      .multi()
      .del(this.#store.key(name(runId)))
      .zrem(this.#store.key('approvals:open'), runId)
      .exec();
  }

  /** The wishes about a change that went as far as writing, newest first. */
  async ofChange(sysId: string): Promise<ApproveRun[]> {
    const ids = await this.#store.redis.zrevrange(this.#store.key(ofChange(sysId)), 0, 19);
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((approval) => approval !== undefined);
  }

  /** Whether something is still owed for this wish. */
  async isOpen(runId: string): Promise<boolean> {
    return (await this.#store.redis.zscore(this.#store.key('approvals:open'), runId)) !== null;
  }

  /** Everything that is owed for this wish is done. */
  async settle(runId: string): Promise<void> {
    await this.#store.redis.zrem(this.#store.key('approvals:open'), runId);
  }

  openBefore(before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#store.key('approvals:open'), 0, before, 'LIMIT', 0, limit);
  }
}
