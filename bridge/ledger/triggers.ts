import { z } from 'zod';
import type { Script, Store } from './store.ts';
import { RECORD_DECISION, RECORD_DEPLOY, BEGIN, FINISH, CLAIM, RESOLVE } from './trigger-scripts.ts';

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
  /** An operator has had the last word: doubts about the past are settled. */
  resolved: z.stringbool().default(false),
  created_at: z.coerce.number(),
  updated_at: z.coerce.number(),
});

/**
 * One immutable reason to start a pipeline, and how far it got. A decision's id is its change, what was decided
 * and the version at which it appeared; a deploy's id is its run.
 */
export type Trigger = z.output<typeof recordSchema> & { readonly id: string };

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
