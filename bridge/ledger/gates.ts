import { createHash } from 'node:crypto';
import { z } from 'zod';
import { owedBy } from './owed.ts';
import type { Script, Store } from './store.ts';

/** A gate's request as it is kept. What a request may say is judged where it comes in. */
const requestSchema = z.object({
  deploy_run_id: z.string().optional(),
  pipeline: z
    .object({
      project_id: z.string(),
      id: z.string(),
      ref: z.string().optional(),
      sha: z.string().optional(),
      url: z.string().optional(),
    })
    .optional(),
  reason: z.string(),
  short_description: z.string().optional(),
  description: z.string().optional(),
  business_service: z.string().optional(),
  category: z.string().optional(),
  priority: z.string().optional(),
  tags: z.array(z.string()).optional(),
  port_context: z.looseObject({ runId: z.string().optional() }).optional(),
});
export type GateRequest = z.output<typeof requestSchema>;

const gateSchema = z.object({
  /** `opening`: the change is being created. `open`: it exists. `refused`: ServiceNow said no. */
  status: z.enum(['opening', 'open', 'refused']),
  request: z.string().transform((text) => requestSchema.parse(JSON.parse(text))),
  /** Until when (ms) the last create request may be under way; absent before the first. */
  sent_at: z.coerce.number().optional(),
  sys_id: z.string().optional(),
  number: z.string().optional(),
  outcome: z.string().optional(),
  created_at: z.coerce.number(),
});

/** A pipeline's request to be let through: one change request in ServiceNow. */
export type Gate = z.output<typeof gateSchema> & { readonly id: string };

/** The id of the gate of one pipeline. */
export function gateId({ pipeline }: GateRequest): string {
  const subject = `pipeline/${pipeline?.project_id ?? ''}/${pipeline?.id ?? ''}`;
  return `g_${createHash('sha256').update(subject).digest('hex').slice(0, 24)}`;
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

  /** Records the gate once; false where it is known. */
  async record(id: string, request: GateRequest, now: number): Promise<boolean> {
    const { pipeline } = request;
    const link = pipelineName(pipeline?.project_id ?? '', pipeline?.id ?? '');
    const keys = { record: name(id), owed: owedBy('gate'), of_pipeline: link };
    const args = { id, request: JSON.stringify(request), now, has_pipeline: pipeline === undefined ? 0 : 1 };
    return (await this.#record({ ...keys, ...args })) === 1;
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

  async refused(id: string, outcome: string): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), { status: 'refused', outcome });
  }

  async ofPipeline(project: string, pipeline: string): Promise<string | undefined> {
    return (await this.#store.redis.get(this.#store.key(pipelineName(project, pipeline)))) ?? undefined;
  }

  async ofChange(sysId: string): Promise<Gate | undefined> {
    const id = await this.#store.redis.get(this.#store.key(`gate-of-change:${sysId}`));
    return id === null ? undefined : this.get(id);
  }
}
