import { createPublicKey, randomUUID, verify } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import type { GitLabStandIn } from '../../sandbox/gitlab/server.ts';
import { listen } from '../../sandbox/lib/listen.ts';

const TOLERANCE_S = 60;

const identitySchema = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  nbf: z.number(),
  project_id: z.string(),
  pipeline_id: z.string(),
  sha: z.string(),
  environment: z.string().optional(),
  user_login: z.string(),
});
type Identity = z.output<typeof identitySchema>;

const gateBody = z.strictObject({
  deploy_run_id: z.string().optional(),
  service: z.string().optional(),
  environment: z.string().optional(),
  reason: z.string(),
  evidence: z.array(
    z.strictObject({
      name: z.string(),
      value: z.union([z.string(), z.number()]).optional(),
      threshold: z.union([z.string(), z.number()]).optional(),
      passed: z.boolean(),
      url: z.url().optional(),
    }),
  ),
  change: z.record(z.string(), z.string()).optional(),
  expires_in: z.number().optional(),
  port_context: z.strictObject({ runId: z.string() }).optional(),
});
const deploymentBody = z.strictObject({
  service: z.string().optional(),
  environment: z.string().optional(),
  status: z.enum(['success', 'failed']).optional(),
  jobUrl: z.url().optional(),
  imageTag: z.string().optional(),
  change: z.string().optional(),
});
const runBody = z.strictObject({
  status: z.enum(['SUCCESS', 'FAILURE']).optional(),
  link: z.url().optional(),
  message: z.string().optional(),
});

export type Gate = { id: string; asker: Identity; body: z.output<typeof gateBody> };
/** What of a decision may change between its trigger and its claim. */
export type Standing = 'approved' | 'on-hold' | 'superseded' | 'declined' | 'cancelled';
export type Decision = {
  id: string;
  gate: Gate;
  word: 'approved' | 'declined';
  standing: Standing;
  holder: string | undefined;
};
export type Told = { path: string; body: unknown; user: string };

type Model = {
  gates: Gate[];
  decisions: Decision[];
  told: Told[];
  isServiceNowDown: boolean;
  /** Answers that are given instead, one call each. */
  answers: { status: number; headers?: Record<string, string> }[];
  calls: { method: string; path: string; at: number }[];
  mode: 'retrigger' | 'play' | 'wait';
};
export type ContractBridge = Model & { url: string; close: () => Promise<void> };

class Refusal extends Error {
  readonly status: 401 | 403 | 404 | 409 | 422 | 503;
  readonly problem: string;

  constructor(status: Refusal['status'], problem: string, detail: string) {
    super(detail);
    this.status = status;
    this.problem = problem;
  }
}

/** The pipelines' side of the bridge and nothing else, as strict as its contract: what a pipeline sees of it. */
export async function startContractBridge(gitlab: GitLabStandIn): Promise<ContractBridge> {
  const model: Model = {
    gates: [],
    decisions: [],
    told: [],
    isServiceNowDown: false,
    answers: [],
    calls: [],
    mode: 'retrigger',
  };
  let audience = '';
  const who = (c: Context) => identify(c.req.header('authorization'), gitlab, audience);
  const app = new Hono();
  app.use(async (c, next) => {
    model.calls.push({ method: c.req.method, path: c.req.path, at: performance.now() });
    const instead = model.answers.shift();
    if (instead !== undefined) return new Response('<html>', instead);
    await next();
    return undefined;
  });
  app.onError((error, c) => {
    if (!(error instanceof Refusal)) return c.json({ title: 'Internal error', detail: String(error) }, 500);
    const type = `/docs/problems#${error.problem}`;
    if (error.status === 503) c.header('Retry-After', '1');
    const body = { type, title: error.problem, status: error.status, detail: error.message };
    return c.json(body, error.status, { 'content-type': 'application/problem+json' });
  });
  app.post('/v1/gates', async (c) => {
    const asker = await who(c);
    const body = await parsed(c, gateBody);
    const known = model.gates.find((one) => isSamePipeline(one.asker, asker));
    if (known !== undefined && JSON.stringify(known.body) !== JSON.stringify(body)) {
      throw new Refusal(409, 'conflict', 'This pipeline has asked for another gate before.');
    }
    const gate = known ?? { id: `g_${model.gates.length + 1}`, asker, body };
    if (known === undefined) model.gates.push(gate);
    return c.json({ id: gate.id, status: 'opening' }, 202, { location: `/v1/gates/${gate.id}` });
  });
  app.get('/v1/gates/:id', async (c) => c.json(await showGate(model, c.req.param('id'), await who(c))));
  app.post('/v1/decisions/:id/claim', async (c) => {
    const caller = await who(c);
    await parsed(c, z.strictObject({}));
    return c.json(claim(model, c.req.param('id'), caller));
  });
  app.post('/v1/runs/:id/logs', async (c) =>
    tell(model, c, await who(c), z.strictObject({ message: z.string() })),
  );
  app.patch('/v1/runs/:id', async (c) => tell(model, c, await who(c), runBody));
  app.put('/v1/deployments/:id', async (c) => tell(model, c, await who(c), deploymentBody));
  const server = await listen(app);
  audience = server.url;
  return Object.assign(model, { url: server.url, close: server.close });
}

async function showGate(model: Model, id: string, caller: Identity): Promise<object> {
  const gate = model.gates.find((one) => one.id === id && isSamePipeline(one.asker, caller));
  if (gate === undefined) throw new Refusal(404, 'not-found', 'There is no such gate of this pipeline.');
  const decision = model.decisions.findLast((one) => one.gate === gate);
  const common = { id, mode: model.mode };
  if (decision === undefined) return { ...common, status: 'open' };
  return { ...common, status: decision.word, decision_id: decision.id, decided_by: 'ann', reason: 'Freeze' };
}

function claim(model: Model, id: string, caller: Identity): object {
  const decision = model.decisions.find((one) => one.id === id);
  if (decision === undefined) throw new Refusal(404, 'not-found', `There is no decision ${id}.`);
  if (decision.gate.asker.project_id !== caller.project_id) {
    throw new Refusal(403, 'other-project', 'The decision belongs to another project.');
  }
  if (decision.holder !== undefined && decision.holder !== caller.pipeline_id) {
    throw new Refusal(409, 'other-pipeline', `Pipeline ${decision.holder} has this approval.`);
  }
  const { sha } = decision.gate.asker;
  if (sha !== caller.sha) {
    throw new Refusal(
      409,
      'other-commit',
      `${sha} was approved, this pipeline builds ${caller.sha}: ask again.`,
    );
  }
  if (model.isServiceNowDown) throw new Refusal(503, 'servicenow-unavailable', 'ServiceNow cannot be asked.');
  const { standing } = decision;
  if (standing !== 'approved') throw new Refusal(409, standing, `The change is ${standing}.`);
  decision.holder = caller.pipeline_id;
  return {
    claimed: true,
    decision_id: id,
    pipeline_id: caller.pipeline_id,
    sha,
    environment: decision.gate.body.environment,
    change: { sys_id: 'a'.repeat(32), number: 'CHG0030001', url: 'https://snow.example.com/x' },
  };
}

async function tell(model: Model, c: Context, caller: Identity, schema: z.ZodType): Promise<Response> {
  const body = await parsed(c, schema);
  if (
    !z
      .string()
      .regex(/^[\w.-]+$/)
      .safeParse(c.req.param('id')).success
  ) {
    throw new Refusal(422, 'invalid', 'The identifier has signs that an identifier does not have.');
  }
  model.told.push({ path: `${c.req.method} ${c.req.path}`, body, user: caller.user_login });
  return c.json({ status: 'accepted' }, 202);
}

async function parsed<T>(c: Context, schema: z.ZodType<T>): Promise<T> {
  if (c.req.header('content-type') !== 'application/json') throw new Refusal(422, 'media-type', 'Send JSON.');
  const body = schema.safeParse(await c.req.json().catch(() => undefined));
  if (!body.success) throw new Refusal(422, 'invalid', z.prettifyError(body.error));
  return body.data;
}

function isSamePipeline(one: Identity, other: Identity): boolean {
  return one.project_id === other.project_id && one.pipeline_id === other.pipeline_id;
}

const jwkSchema = z.looseObject({ kid: z.string() });

async function identify(
  header: string | undefined,
  gitlab: GitLabStandIn,
  audience: string,
): Promise<Identity> {
  const refused = new Refusal(401, 'unauthorized', 'The token is not accepted.');
  const [head = '', claims = '', signature = ''] = (/^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '').split('.');
  const decoded = z.object({ alg: z.literal('RS256'), kid: z.string() }).safeParse(decode(head));
  if (!decoded.success) throw refused;
  const answer = await fetch(`${gitlab.url}/oauth/discovery/keys`);
  const { keys } = z.object({ keys: z.array(jwkSchema) }).parse(await answer.json());
  const jwk = keys.find(({ kid }) => kid === decoded.data.kid);
  if (jwk === undefined) throw refused;
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(`${head}.${claims}`),
    key,
    Buffer.from(signature, 'base64url'),
  );
  const identity = identitySchema.safeParse(decode(claims));
  if (!isSigned || !identity.success) throw refused;
  const { iss, aud, exp, nbf } = identity.data;
  const now = Date.now() / 1000;
  if (iss !== gitlab.url || aud !== audience) throw refused;
  if (now > exp + TOLERANCE_S || now < nbf - TOLERANCE_S) throw refused;
  return identity.data;
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return undefined;
  }
}

/** A decision's id that nobody can guess. */
export function newDecisionId(): string {
  return `dec_${randomUUID()}`;
}
