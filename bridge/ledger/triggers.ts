import { z } from 'zod';
import type { Script, Store } from './store.ts';

export const TRIGGER_STATUSES = [
  'pending',
  'triggering',
  'triggered',
  'superseded',
  'parked',
  'abandoned',
] as const;
export type TriggerStatus = (typeof TRIGGER_STATUSES)[number];

const recordSchema = z.object({
  kind: z.enum(['decision', 'deploy']),
  /** What was decided, and on which change: only for a decision. */
  decision: z.enum(['approved', 'rejected']).optional(),
  sys_id: z.string().optional(),
  version: z.coerce.number().optional(),
  /** The run of the portal's deploy action: only for a deploy. */
  run_id: z.string().optional(),
  /** JSON of what the deploy action sent: only for a deploy. */
  request: z.string().optional(),
  status: z.enum(TRIGGER_STATUSES),
  /** Grows with each attempt to call GitLab: the fence that a late worker cannot pass. */
  attempt: z.coerce.number(),
  /** Until when (ms) the present attempt may still be calling GitLab. */
  lease: z.coerce.number().default(0),
  project: z.string().optional(),
  ref: z.string().optional(),
  pipeline_id: z.string().optional(),
  pipeline_url: z.string().optional(),
  /** The pipeline that claimed the right to deploy. */
  claimed_by: z.string().optional(),
  /** Who decided and why, for people; and the developer's run that is told. Only for a decision. */
  sentence: z.string().optional(),
  deploy_run: z.string().optional(),
  reason: z.string().optional(),
  created_at: z.coerce.number(),
  updated_at: z.coerce.number(),
});

/**
 * One immutable reason to start a pipeline, and how far it got. A decision's id is its change, what was decided
 * and the version at which it appeared; a deploy's id is its run.
 */
export type Trigger = z.output<typeof recordSchema> & { readonly id: string };

// Walks the remembered approvals from the newest version down, as long as they say the same: that is how long
// the decision stands. A recorded decision of that value within it is the same one; otherwise it is new. The version
// at which it began is never trimmed: without it a long-lived change would seem to be decided anew.
const RECORD_DECISION = `
local change, approvals, open, all = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local sys_id, now, status, reason, prefix = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local flat, known, versions = redis.call('HGETALL', approvals), {}, {}
for i = 1, #flat, 2 do
  local version = tonumber(flat[i])
  known[version] = flat[i + 1]
  versions[#versions + 1] = version
end
table.sort(versions)
local newest = versions[#versions]
local value = newest and known[newest]
local last = redis.call('HGET', change, 'decision')
local since = newest
for i = #versions, 1, -1 do
  if known[versions[i]] ~= value then break end
  since = versions[i]
end
for i = 1, #versions - 100 do
  if versions[i] ~= since then redis.call('HDEL', approvals, versions[i]) end
end
local function supersede(why)
  if last and redis.call('HGET', prefix .. last, 'status') == 'pending' then
    redis.call('HSET', prefix .. last, 'status', 'superseded', 'reason', why, 'updated_at', now)
    redis.call('ZREM', open, last)
  end
end
if value ~= 'approved' and value ~= 'rejected' then
  supersede('The change is no longer decided: its approval is ' .. tostring(value) .. '.')
  return false
end
if last then
  local at = tonumber(redis.call('HGET', prefix .. last, 'version'))
  if redis.call('HGET', prefix .. last, 'decision') == value and at >= since then return last end
  supersede('A newer decision followed: ' .. value .. '.')
end
local id = sys_id .. '-' .. value .. '-' .. string.format('%d', since)
redis.call('HSET', prefix .. id, 'kind', 'decision', 'decision', value, 'sys_id', sys_id,
  'version', string.format('%d', since), 'status', status, 'attempt', 0, 'created_at', now, 'updated_at', now)
if reason ~= '' then redis.call('HSET', prefix .. id, 'reason', reason) end
redis.call('HSET', change, 'decision', id)
redis.call('ZADD', open, now, id)
redis.call('ZADD', all, now, id)
return id`;

const RECORD_DEPLOY = `
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'kind', 'deploy', 'run_id', ARGV[2], 'request', ARGV[3], 'status', 'pending',
  'attempt', 0, 'created_at', ARGV[4], 'updated_at', ARGV[4])
redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
redis.call('ZADD', KEYS[3], ARGV[4], ARGV[1])
return 1`;

// From 'pending', or from an attempt of known number whose lease is over: then the caller has looked first.
const BEGIN = `
local status = redis.call('HGET', KEYS[1], 'status')
local attempt = redis.call('HGET', KEYS[1], 'attempt')
if attempt ~= ARGV[1] then return false end
if status == 'triggering' and tonumber(redis.call('HGET', KEYS[1], 'lease')) > tonumber(ARGV[2]) then return false end
if status ~= 'pending' and status ~= 'triggering' then return false end
redis.call('HSET', KEYS[1], 'status', 'triggering', 'lease', ARGV[3], 'project', ARGV[4], 'ref', ARGV[5],
  'updated_at', ARGV[2])
return redis.call('HINCRBY', KEYS[1], 'attempt', 1)`;

// Fenced: only the attempt that holds the record may say what became of it.
const FINISH = `
if redis.call('HGET', KEYS[1], 'attempt') ~= ARGV[1] then return 0 end
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'triggering' and status ~= 'pending' then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[2], 'updated_at', ARGV[3], unpack(ARGV, 4))
if ARGV[2] ~= 'triggering' then redis.call('HSET', KEYS[1], 'lease', 0) end
return 1`;

const CLAIM = `
local holder = redis.call('HGET', KEYS[1], 'claimed_by')
if holder and holder ~= ARGV[1] then return holder end
redis.call('HSET', KEYS[1], 'claimed_by', ARGV[1], 'updated_at', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
return ARGV[1]`;

const RESOLVE = `
if redis.call('HGET', KEYS[1], 'status') ~= 'parked' then return 0 end
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'reason', ARGV[2], 'updated_at', ARGV[3], 'lease', 0)
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[4])
return 1`;

function name(id: string): string {
  return `trigger:${id}`;
}

/** How long (s) a pipeline's way back to its record is kept: longer than any pipeline runs. */
const PIPELINE_SECONDS = 90 * 24 * 3600;

/** The records of what has to start a pipeline, each with its explicit life. */
export class Triggers {
  readonly #store: Store;
  readonly #recordDecision: Script;
  readonly #recordDeploy: Script;
  readonly #begin: Script;
  readonly #finish: Script;
  readonly #claim: Script;
  readonly #resolve: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#recordDecision = store.script(RECORD_DECISION);
    this.#recordDeploy = store.script(RECORD_DEPLOY);
    this.#begin = store.script(BEGIN);
    this.#finish = store.script(FINISH);
    this.#claim = store.script(CLAIM);
    this.#resolve = store.script(RESOLVE);
  }

  async get(id: string): Promise<Trigger | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(id)));
    return hash.status === undefined ? undefined : { ...recordSchema.parse(hash), id };
  }

  /**
   * Derives the standing decision of a change from its remembered approvals and records it unless it is
   * recorded; supersedes a pending older one. Answers the standing decision's id, if there is one.
   */
  async recordDecision(
    sysId: string,
    initial: { readonly status: 'pending' | 'parked' | 'abandoned'; readonly reason: string },
    now: number,
  ): Promise<string | undefined> {
    const id = await this.#recordDecision(
      [`change:${sysId}`, `change:${sysId}:approvals`, 'triggers:open', 'triggers:all'],
      [sysId, now, initial.status, initial.reason, this.#store.key('trigger', '')],
    );
    return id === null ? undefined : z.string().parse(id);
  }

  /** Records a deploy request once per run; false where it was recorded before. */
  async recordDeploy(id: string, runId: string, request: unknown, now: number): Promise<boolean> {
    const args = [id, runId, JSON.stringify(request), now];
    return (await this.#recordDeploy([name(id), 'triggers:open', 'triggers:all'], args)) === 1;
  }

  /**
   * Takes the record for one call to GitLab and answers the attempt's number; undefined where another worker
   * holds it (or has moved it on since it was read).
   */
  async begin(
    trigger: Trigger,
    route: { readonly project: string; readonly ref: string },
    now: number,
    leaseMs: number,
  ): Promise<number | undefined> {
    const attempt = await this.#begin(
      [name(trigger.id)],
      [trigger.attempt, now, now + leaseMs, route.project, route.ref],
    );
    return attempt === null ? undefined : z.number().parse(attempt);
  }

  /** GitLab made a pipeline. False where a later attempt holds the record. */
  async triggered(
    id: string,
    attempt: number,
    pipeline: { readonly project: string; readonly id: string; readonly url: string },
    now: number,
  ): Promise<boolean> {
    // First the way back from the pipeline: true of this pipeline whatever the fence says.
    await this.#store.redis.set(this.#pipelineKey(pipeline.project, pipeline.id), id, 'EX', PIPELINE_SECONDS);
    const facts = ['project', pipeline.project, 'pipeline_id', pipeline.id, 'pipeline_url', pipeline.url];
    return (await this.#finish([name(id)], [attempt, 'triggered', now, ...facts])) === 1;
  }

  /** Ends or resets the record: `pending` after a call that surely had no effect, or a final status. */
  async moveTo(
    id: string,
    attempt: number,
    status: 'pending' | 'superseded' | 'parked' | 'abandoned',
    reason: string,
    now: number,
  ): Promise<boolean> {
    return (await this.#finish([name(id)], [attempt, status, now, 'reason', reason])) === 1;
  }

  /** The call's outcome is unknown: the lease ends now, so that somebody may look. */
  async releaseLease(id: string, attempt: number, now: number): Promise<void> {
    await this.#finish([name(id)], [attempt, 'triggering', now, 'lease', now]);
  }

  /** An operator's word on a parked record. False where it was not parked. */
  async resolve(id: string, to: 'pending' | 'abandoned', reason: string, now: number): Promise<boolean> {
    const done = await this.#resolve([name(id), 'triggers:open'], [to, reason, now, id]);
    return done === 1;
  }

  /** Binds the first pipeline that claims the record; answers which pipeline holds it. */
  async claim(id: string, project: string, pipeline: string, now: number): Promise<string> {
    const holder = await this.#claim([name(id), 'claims:projects'], [`${project}/${pipeline}`, now, project]);
    return z.string().parse(holder);
  }

  /** Whether pipelines of this project claim before they deploy: then a repeated trigger cannot deploy twice. */
  async projectClaims(project: string): Promise<boolean> {
    return (await this.#store.redis.sismember(this.#store.key('claims:projects'), project)) === 1;
  }

  async ofPipeline(project: string, pipeline: string): Promise<string | undefined> {
    return (await this.#store.redis.get(this.#pipelineKey(project, pipeline))) ?? undefined;
  }

  /** Keeps what people are told of a decision: who decided, and which run wants to know. */
  async describe(
    id: string,
    facts: { readonly sentence: string; readonly deploy_run?: string },
  ): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), facts);
  }

  /** The pipeline of this record has not ended yet. */
  async watch(id: string, now: number): Promise<void> {
    await this.#store.redis.zadd(this.#store.key('triggers:running'), 'NX', now, id);
  }

  async unwatch(id: string): Promise<void> {
    await this.#store.redis.zrem(this.#store.key('triggers:running'), id);
  }

  /** The pipeline of this record was asked for: it is not due again before others that still run. */
  async polled(id: string, now: number): Promise<void> {
    await this.#store.redis.zadd(this.#store.key('triggers:running'), 'XX', now, id);
  }

  runningBefore(before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#store.key('triggers:running'), 0, before, 'LIMIT', 0, limit);
  }

  /** Whether something is still owed for this record: its pipeline, or the news of it. */
  async isOpen(id: string): Promise<boolean> {
    return (await this.#store.redis.zscore(this.#store.key('triggers:open'), id)) !== null;
  }

  /** Nothing more is owed for this record. */
  async settle(id: string): Promise<void> {
    await this.#store.redis.zrem(this.#store.key('triggers:open'), id);
  }

  openBefore(before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#store.key('triggers:open'), 0, before, 'LIMIT', 0, limit);
  }

  /** Newest first. */
  async recent(offset: number, limit: number): Promise<Trigger[]> {
    const ids = await this.#store.redis.zrevrange(
      this.#store.key('triggers:all'),
      offset,
      offset + limit - 1,
    );
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((trigger) => trigger !== undefined);
  }

  #pipelineKey(project: string, pipeline: string): string {
    return this.#store.key('pipeline-trigger', project, pipeline);
  }
}

/** Whether nothing can become of a record by itself any more. */
export function isFinished(status: TriggerStatus): boolean {
  return status !== 'pending' && status !== 'triggering';
}

/**
 * The pipeline that acts for a record: the one that claimed it, else the one that GitLab's answer named. They
 * differ where an answer was lost and the call repeated.
 */
export function actingPipeline(trigger: Trigger): { project: string; id: string } | undefined {
  const { claimed_by: claimed, pipeline_id: id, project } = trigger;
  if (claimed !== undefined) {
    const slash = claimed.indexOf('/');
    return { project: claimed.slice(0, slash), id: claimed.slice(slash + 1) };
  }
  return id === undefined || project === undefined ? undefined : { project, id };
}
