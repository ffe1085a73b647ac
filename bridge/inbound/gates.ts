import { setTimeout as sleep } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { parseJson } from '../http/json.ts';
import type { PipelineCaller } from '../http/pipeline-auth.ts';
import { ProblemError } from '../http/problem.ts';
import { type Gate, gateIds } from '../ledger/gates.ts';
import { actingPipeline } from '../ledger/triggers.ts';
import type { PipelineIdentity } from '../model/pipeline-identity.ts';
import { storeFirst } from './accept.ts';
import { audited } from './audited.ts';
import { callerOf, ruleOf } from './caller.ts';
import type { InboundContext } from './context.ts';
import { type GateBody, gateRequestSchema, keptRequest } from './gate-request.ts';
import { type GateStatus, statusOf } from './gate-status.ts';

const LONGEST_WAIT_S = 60;
/** How often (ms) the ledger is looked at for somebody who waits. */
const LOOK_EVERY_MS = 500;
/** So many pipelines may wait at once in one process; the next ones are answered at once. */
const MOST_WAITING = 500;

/** `POST /v1/gates` asks for a gate, `GET /v1/gates/{id}` tells where it stands. */
export function gateRoutes(inbound: InboundContext): Hono<PipelineCaller> {
  let waiting = 0;
  return new Hono<PipelineCaller>().post('/', openRoute(inbound)).get('/:id', async (c) => {
    const read = async (): Promise<GateStatus> =>
      visibleStatus(inbound, c.req.param('id'), c.get('pipeline'));
    const first = await read();
    const waitS = waitOf(c.req.query('wait'));
    if (waitS === 0 || waiting >= MOST_WAITING) return c.json(first);
    waiting += 1;
    try {
      return c.json(await decided(inbound, c, first, read, waitS * 1_000));
    } finally {
      waiting -= 1;
    }
  });
}

function openRoute(inbound: InboundContext) {
  const { ledger, enqueue, clock, config } = inbound;
  const newId = gateIds(config.PORT_CLIENT_SECRET);
  const open = async (identity: PipelineIdentity, body: GateBody): Promise<string> => {
    const caller = callerOf(identity, body.pipeline);
    const { projectId, pipelineId, environment } = caller;
    const rule = ruleOf(caller, 'gate', config.PIPELINE_RULES, environment ?? body.environment);
    // A gate keeps its id, also where the secret that ids are made with has changed meanwhile.
    const id = (await ledger.gates.ofPipeline(projectId, pipelineId)) ?? newId(projectId, pipelineId);
    const request = keptRequest(body, caller, rule);
    const expiresInMs = body.expires_in === undefined ? undefined : body.expires_in * 1_000;
    await storeFirst(inbound, 'gate', async () => {
      const asked = await ledger.gates.record(id, request, JSON.stringify(body), clock(), expiresInMs);
      if (asked === 'other') {
        const text = `Pipeline ${pipelineId} has asked for another gate before. A pipeline has one gate: run a new pipeline.`;
        throw new ProblemError('conflict', text);
      }
      await enqueue('gate', id);
      return asked === 'new' ? 'accepted' : 'duplicate';
    });
    return id;
  };
  return async (c: Context<PipelineCaller>): Promise<Response> => {
    const identity = c.get('pipeline');
    const body = parseJson(await inbound.bodies.usual.readJson(c), gateRequestSchema);
    const subject =
      identity.kind === 'token' ? `pipeline ${body.pipeline?.id ?? '?'}` : `pipeline ${identity.pipelineId}`;
    const id = await audited(inbound, identity, 'gate', subject, () => open(identity, body));
    const status = await visibleStatus(inbound, id, identity);
    return c.json(status, 202, { location: `/v1/gates/${id}` });
  };
}

/** Where a gate stands, for the pipeline that asked for it or the one that was started for it. Throws `not-found`. */
async function visibleStatus(
  inbound: InboundContext,
  id: string,
  identity: PipelineIdentity,
): Promise<GateStatus> {
  const gate = await inbound.ledger.gates.get(id);
  if (gate === undefined || !(await belongs(inbound, gate, identity))) {
    throw new ProblemError('not-found', 'There is no gate with this id.');
  }
  return statusOf(inbound, gate);
}

async function belongs({ ledger }: InboundContext, gate: Gate, identity: PipelineIdentity): Promise<boolean> {
  const { pipeline } = gate.request;
  if (pipeline.project_id !== identity.projectId) return false;
  if (identity.kind === 'token' || pipeline.id === identity.pipelineId) return true;
  const change = gate.sys_id === undefined ? undefined : await ledger.changes.get(gate.sys_id);
  const trigger = change?.decision === undefined ? undefined : await ledger.triggers.get(change.decision);
  const acting = trigger === undefined ? undefined : actingPipeline(trigger);
  return acting?.project === identity.projectId && acting.id === identity.pipelineId;
}

/** The status once the gate is decided, or as it is when the time is over, the caller gone, or the bridge ends. */
async function decided(
  { clock, draining }: InboundContext,
  c: Context<PipelineCaller>,
  first: GateStatus,
  read: () => Promise<GateStatus>,
  waitMs: number,
): Promise<GateStatus> {
  const until = clock() + waitMs;
  let status = first;
  while (isUndecided(status) && clock() < until && !draining() && !c.env.outgoing.destroyed) {
    await sleep(Math.min(LOOK_EVERY_MS, Math.max(1, until - clock())));
    status = await read();
  }
  return status;
}

function isUndecided({ status }: GateStatus): boolean {
  return status === 'opening' || status === 'open';
}

/** Throws `malformed` for anything but whole seconds from 0 to 60. */
function waitOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^\d{1,2}$/.test(text) && Number(text) <= LONGEST_WAIT_S) return Number(text);
  throw new ProblemError('malformed', `wait must be seconds from 0 to ${LONGEST_WAIT_S}.`);
}
