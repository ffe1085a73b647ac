import { createHmac, randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Stage } from '../../stage/stage.ts';
import { until } from '../support/until.ts';

/** How a signed call departs from an honest one. Times in seconds. */
export type Forgery = { readonly id?: string; readonly ageSeconds?: number; readonly secret?: string };

/** `POST /webhooks/servicenow` with a Standard Webhooks signature; answers the status. */
export async function sendEvent(
  stage: Stage,
  record: object,
  how: Forgery & { readonly event?: string } = {},
): Promise<Response> {
  const id = how.id ?? `msg_${randomUUID()}`;
  const body = JSON.stringify({ event: how.event ?? 'change.updated', record });
  const timestamp = timestampOf(how);
  const secret = how.secret ?? setting(stage, 'SERVICENOW_WEBHOOK_SECRETS');
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${mac}`,
  };
  return post(stage, '/webhooks/servicenow', body, headers);
}

/** `POST /webhooks/port/…` with the portal's signature. */
export async function sendPort(
  stage: Stage,
  kind: 'approve' | 'deploy' | 'entity' | 'gitlab',
  body: object,
  how: Forgery = {},
): Promise<Response> {
  const text = JSON.stringify(body);
  const timestamp = timestampOf(how);
  const secret = how.secret ?? setting(stage, 'PORT_CLIENT_SECRET');
  const mac = createHmac('sha256', secret).update(`${timestamp}.${text}`).digest('base64');
  const headers = { 'x-port-timestamp': timestamp, 'x-port-signature': `v1,${mac}` };
  return post(stage, `/webhooks/port/${kind}`, text, headers);
}

/** `POST /webhooks/gitlab` with the plain token. */
export async function sendHook(stage: Stage, body: object, key: string): Promise<Response> {
  const headers = {
    'x-gitlab-token': setting(stage, 'GITLAB_WEBHOOK_SECRETS'),
    'x-gitlab-event': 'Pipeline Hook',
    'idempotency-key': key,
  };
  return post(stage, '/webhooks/gitlab', JSON.stringify(body), headers);
}

export function setting(stage: Stage, name: string): string {
  const value = stage.env[name];
  if (value === undefined) throw new Error(`The stage has no ${name}.`);
  return value;
}

function timestampOf(how: Forgery): string {
  return String(Math.floor(Date.now() / 1000) - (how.ageSeconds ?? 0));
}

async function post(
  stage: Stage,
  path: string,
  body: string,
  headers: Record<string, string>,
): Promise<Response> {
  return fetch(`${stage.bridgeUrl()}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
}

/** Calls the operator's API; throws where the answer is no 2xx. */
export async function operator<T>(
  stage: Stage,
  schema: z.ZodType<T>,
  path: string,
  body?: object,
): Promise<T> {
  const response = await operatorCall(stage, path, body);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}

const auditSchema = z.object({
  entries: z.array(
    z.object({ actor: z.string(), action: z.string(), subject: z.string(), reason: z.string() }),
  ),
  intact: z.boolean(),
});

/** The audit log, oldest first; throws where it was altered. */
export async function auditOf(stage: Stage): Promise<z.output<typeof auditSchema>['entries']> {
  const { entries, intact } = await operator(stage, auditSchema, '/v1/audit?limit=200');
  if (!intact) throw new Error('The audit log is not intact.');
  return entries;
}

/** Calls the operator's API and answers whatever came. */
export async function operatorCall(stage: Stage, path: string, body?: object): Promise<Response> {
  return fetch(`${stage.bridgeUrl()}${path}`, {
    headers: { authorization: `Bearer ${stage.operatorToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

/** Calls a pipeline's route with the project's token of PIPELINE_TOKENS; throws where the answer is no 2xx. */
export async function asPipeline<T>(
  stage: Stage,
  schema: z.ZodType<T>,
  path: string,
  body?: object,
  token?: string,
): Promise<T> {
  const response = await pipelineCall(stage, path, body, token);
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return schema.parse(JSON.parse(text));
}

/** Calls a pipeline's route, with an id_token where one is given, and answers whatever came. */
export async function pipelineCall(
  stage: Stage,
  path: string,
  body?: object,
  token = setting(stage, 'PIPELINE_TOKENS').split(':')[1],
): Promise<Response> {
  return fetch(`${stage.bridgeUrl()}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
}

const decisionSchema = z.looseObject({
  id: z.string(),
  kind: z.string(),
  status: z.string(),
  attempt: z.number(),
  decision: z.string().optional(),
  sys_id: z.string().optional(),
  pipeline_id: z.string().optional(),
  claimed_by: z.string().optional(),
  reason: z.string().optional(),
});
export type DecisionView = z.output<typeof decisionSchema>;

/** The decision records of a change, oldest first. */
export async function decisionsOf(stage: Stage, sysId: string): Promise<DecisionView[]> {
  const schema = z.object({ decisions: z.array(decisionSchema) });
  const { decisions } = await operator(stage, schema, '/v1/decisions?limit=200');
  return decisions.filter((each) => each.sys_id === sysId).toReversed();
}

const letterSchema = z.object({ flow: z.string(), key: z.string(), message: z.string() });
export type Letter = z.output<typeof letterSchema>;

export async function deadLetters(stage: Stage): Promise<Letter[]> {
  const schema = z.object({ dead_letters: z.array(letterSchema) });
  return (await operator(stage, schema, '/v1/dead-letters')).dead_letters;
}

const syncSchema = z.object({
  id: z.string(),
  status: z.string(),
  read: z.number(),
  changed: z.number(),
  deleted: z.number(),
  message: z.string(),
});
export type SyncView = z.output<typeof syncSchema>;

/** Asks for a sync and waits until it has ended, well or badly. */
export async function sync(stage: Stage, mode: 'delta' | 'full'): Promise<SyncView> {
  const { id } = await operator(stage, syncSchema, '/v1/syncs', { mode });
  return until(`the ${mode} sync ends`, async () => {
    const now = await operator(stage, syncSchema, `/v1/syncs/${id}`);
    return now.status === 'done' || now.status === 'failed' ? now : undefined;
  });
}

const check = z.looseObject({ observed: z.unknown().optional() });
const counts = z.object({ waiting: z.number(), active: z.number(), delayed: z.number() });

type Counts = z.output<typeof counts>;

/** The jobs of each flow, from the bridge's health. */
async function allCounts(stage: Stage): Promise<ReadonlyMap<string, Counts>> {
  const response = await operatorCall(stage, '/health');
  const { checks } = z.object({ checks: z.record(z.string(), check) }).parse(await response.json());
  const queues = Object.entries(checks).filter(([name]) => name.startsWith('queue:'));
  return new Map(queues.map(([name, { observed }]) => [name.slice(6), counts.parse(observed)]));
}

export async function flowCounts(stage: Stage, flow: string): Promise<Counts> {
  const found = (await allCounts(stage)).get(flow);
  if (found === undefined) throw new Error(`There is no flow ${flow}.`);
  return found;
}

/** How many jobs are waiting, running or delayed, apart from the schedule's own. */
export async function jobsLeft(stage: Stage): Promise<number> {
  let left = 0;
  for (const [flow, { waiting, active, delayed }] of await allCounts(stage)) {
    if (flow !== 'sweep') left += waiting + active + delayed;
  }
  return left;
}

/**
 * Waits until nothing is under way any more: no script of ServiceNow, no webhook or automation of the portal, no
 * running pipeline, no job of the bridge, three looks in a row. After that, what has not happened never will.
 */
export async function quiet(stage: Stage, deadlineMs = 20_000): Promise<void> {
  let calm = 0;
  await until(
    'nothing is under way',
    async () => {
      await stage.servicenow.settle();
      await stage.port.waitIdle();
      const running = stage.gitlab
        .pipelines()
        .some((pipeline) => ['created', 'pending', 'running'].includes(pipeline.status));
      calm = !running && (await jobsLeft(stage)) === 0 ? calm + 1 : 0;
      return calm >= 3;
    },
    deadlineMs,
  );
}
