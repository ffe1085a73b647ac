import { createHmac, hkdfSync } from 'node:crypto';
import { z } from 'zod';
import { PIPELINE_MODES } from '../model/pipeline-rules.ts';
import { owedBy } from './owed.ts';
import type { Script, Store } from './store.ts';

const checkSchema = z.object({
  name: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).optional(),
  threshold: z.union([z.string(), z.number()]).optional(),
  passed: z.boolean(),
  url: z.string().optional(),
});
/** A check that the pipeline made: what the approver decides by. */
export type Check = z.output<typeof checkSchema>;

/** A gate's request as it is kept. What a request may say is judged where it comes in. */
const requestSchema = z.object({
  /** How its decision goes on: what the rule said when the gate was asked for. */
  mode: z.enum(PIPELINE_MODES).default('retrigger'),
  /** Who asked, as its token proved it. */
  pipeline: z.object({
    project_id: z.string(),
    id: z.string(),
    ref: z.string().optional(),
    sha: z.string().optional(),
    url: z.string().optional(),
    /** How the pipeline was started: `push`, `trigger`, … */
    source: z.string().optional(),
    user: z.string().optional(),
    user_email: z.string().optional(),
  }),
  service: z.string().optional(),
  environment: z.string().optional(),
  reason: z.string(),
  evidence: z.array(checkSchema).default([]),
  /** Fields of the change: those of the rule, and over them those of the request. */
  change: z.record(z.string(), z.string()).default({}),
  tags: z.array(z.string()).default([]),
});
export type GateRequest = z.output<typeof requestSchema>;

const gateSchema = z.object({
  /** `opening`: the change is being created. `open`: it exists. `refused`: there is none. `withdrawn`: it expired. */
  status: z.enum(['opening', 'open', 'refused', 'withdrawn']),
  request: z.string().transform((text) => requestSchema.parse(JSON.parse(text))),
  /** When (ms) it is withdrawn, unless it was decided. */
  expires_at: z.coerce.number().optional(),
  /** Until when (ms) the last create request may be under way; absent before the first. */
  sent_at: z.coerce.number().optional(),
  /** When (ms) the developer was told that the change waits, and since when somebody ought to be asked. */
  told_at: z.coerce.number().optional(),
  asked_at: z.coerce.number().optional(),
  sys_id: z.string().optional(),
  number: z.string().optional(),
  outcome: z.string().optional(),
  created_at: z.coerce.number(),
});

/** A pipeline's request to be let through: one change request in ServiceNow. */
export type Gate = z.output<typeof gateSchema> & { readonly id: string };

/** A pipeline that goes on by itself once its gate is decided, in mode `play` or `wait`. */
export type OwnPipeline = {
  readonly mode: 'play' | 'wait';
  readonly project: string;
  readonly id: string;
};

/**
 * The pipeline that the decision on a gate belongs to from the start: the one that asked. Undefined in mode
 * `retrigger`, where a new pipeline is started for the decision, and where there is no gate.
 */
export function ownPipeline(gate: Gate | undefined): OwnPipeline | undefined {
  if (gate === undefined || gate.request.mode === 'retrigger') return undefined;
  const { mode, pipeline } = gate.request;
  return { mode, project: pipeline.project_id, id: pipeline.id };
}

const EXPIRING = 'gates:expiring';

/**
 * Makes the ids of gates, which are their changes' correlation_id too: an HMAC of project and pipeline, so that nobody
 * else can tell one beforehand. The key is derived from a secret that all bridges of one Redis share.
 */
export function gateIds(secret: string): (project: string, pipeline: string) => string {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'changebridge gate id', 32));
  return (project, pipeline) =>
    `g_${createHmac('sha256', key).update(`${project}/${pipeline}`).digest('hex').slice(0, 24)}`;
}

function name(id: string): string {
  return `gate:${id}`;
}

function pipelineName(project: string, pipeline: string): string {
  return `gate-of-pipeline:${project}:${pipeline}`;
}

export class Gates {
  readonly #store: Store;
  readonly #record: Script;
  readonly #send: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#record = store.script('record-gate');
    this.#send = store.script('send-create');
  }

  async get(id: string): Promise<Gate | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(id)));
    return hash.status === undefined ? undefined : { ...gateSchema.parse(hash), id };
  }

  /**
   * Records the gate once. `body` is what was asked for, word for word: the same again is `known`, anything else for
   * the same gate `other`. `expiresInMs`: after how long it is withdrawn.
   */
  async record(
    id: string,
    request: GateRequest,
    body: string,
    now: number,
    expiresInMs?: number,
  ): Promise<'new' | 'known' | 'other'> {
    const { pipeline } = request;
    const answer = await this.#record({
      record: name(id),
      owed: owedBy('gate'),
      of_pipeline: pipelineName(pipeline.project_id, pipeline.id),
      expiring: EXPIRING,
      id,
      request: JSON.stringify(request),
      body,
      now,
      expires_at: expiresInMs === undefined ? '' : now + expiresInMs,
    });
    return z.enum(['new', 'known', 'other']).parse(answer);
  }

  /**
   * Takes the right to send one create request, which ends by `until` (ms) at the latest. False where somebody else
   * took it since `gate` was read.
   */
  async beginSending(gate: Gate, until: number): Promise<boolean> {
    return (await this.#send({ record: name(gate.id), before: gate.sent_at ?? '', after: until })) === 1;
  }

  /** The request has ended without an answer that counts. False where another one was sent meanwhile. */
  async endSending(id: string, until: number, now: number): Promise<boolean> {
    return (await this.#send({ record: name(id), before: until, after: now })) === 1;
  }

  /** The request surely had no effect. */
  async notSent(id: string): Promise<void> {
    await this.#store.redis.hdel(this.#store.key(name(id)), 'sent_at');
  }

  async opened(id: string, sysId: string, number: string): Promise<void> {
    await this.#store.redis
      .multi()
      .hset(this.#store.key(name(id)), { status: 'open', sys_id: sysId, number })
      .set(this.#store.key(`gate-of-change:${sysId}`), id)
      .exec();
  }

  /** Since when (ms) somebody ought to be asked to approve its change: the first time that this was looked at. */
  async askedAt(id: string, now: number): Promise<number> {
    await this.#store.redis.hsetnx(this.#store.key(name(id)), 'asked_at', now);
    return Number((await this.#store.redis.hget(this.#store.key(name(id)), 'asked_at')) ?? now);
  }

  async told(id: string, now: number): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), 'told_at', now);
  }

  async refused(id: string, outcome: string): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), { status: 'refused', outcome });
  }

  /** From now on nothing may be deployed by this gate, whatever becomes of its change. */
  async withdrawn(id: string, outcome: string): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), { status: 'withdrawn', outcome });
  }

  /** The gates whose time was over before a moment (ms), and that have not been looked at since. */
  expiredBefore(before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#store.key(EXPIRING), 0, before, 'LIMIT', 0, limit);
  }

  /** Whether its time is over, and nobody has seen to that. */
  async isExpired(id: string, now: number): Promise<boolean> {
    const at = await this.#store.redis.zscore(this.#store.key(EXPIRING), id);
    return at !== null && Number(at) <= now;
  }

  /** It is withdrawn and told, or does not expire any more. */
  async settleExpiry(id: string): Promise<void> {
    await this.#store.redis.zrem(this.#store.key(EXPIRING), id);
  }

  async ofPipeline(project: string, pipeline: string): Promise<string | undefined> {
    return (await this.#store.redis.get(this.#store.key(pipelineName(project, pipeline)))) ?? undefined;
  }

  async ofChange(sysId: string): Promise<Gate | undefined> {
    const id = await this.#store.redis.get(this.#store.key(`gate-of-change:${sysId}`));
    return id === null ? undefined : this.get(id);
  }
}
