import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Bridge } from '../../bridge/service.ts';
import { PUBLIC_URL, type Stage, type StageOptions } from '../../stage/stage.ts';
import { until } from '../support/until.ts';
import { stageForTest } from '../support/stage.ts';
import { setting } from './wire.ts';

/** Short waits: runs are asked for ten times a second, and a claim runs out after a second and a half. */
export const AGENT_TIMINGS = {
  callMs: 1_500,
  settleMs: 300,
  lockMs: 2_000,
  sweepMs: 1_000,
  agentMs: 100,
  claimMs: 1_500,
};

const AGENT = { PORT_AGENT: 'poll' } as const;
const ACTIONS = ['approve_and_deploy_service', 'deploy_service_to_cluster'] as const;

/** A stage whose portal cannot reach the bridge: the address in its actions leads nowhere, and an agent has to come. */
export async function agentStage(
  how: Pick<Partial<StageOptions>, 'env' | 'bridge' | 'projects' | 'timings'> = {},
): Promise<Stage> {
  const stage = await stageForTest({ timings: AGENT_TIMINGS, ...how, env: { ...AGENT, ...how.env } });
  if (how.bridge === false) stage.connect(PUBLIC_URL);
  await hideBridge(stage);
  if (how.bridge !== false) await announced(stage);
  return stage;
}

/** Starts a bridge that ServiceNow and GitLab can reach, and the portal cannot. */
export async function joinBridge(stage: Stage, env?: Readonly<Record<string, string>>): Promise<Bridge> {
  const bridge = await stage.startBridge(env);
  stage.connect(bridge.url);
  await hideBridge(stage);
  return bridge;
}

/** Sets the portal's actions to an agent, and to an address that it cannot call unless another is given. */
export async function hideBridge(stage: Stage, address: string = PUBLIC_URL): Promise<void> {
  for (const name of ACTIONS) {
    const file = new URL(`../../portal/actions/${name}.json`, import.meta.url);
    const text = readFileSync(file, 'utf8')
      .replace('${BRIDGE_PUBLIC_URL}', address)
      .replace('"${VIA_AGENT}"', 'true');
    await portal(stage, 'PUT', `/actions/${name}`, JSON.parse(text));
  }
}

/** The portal knows that somebody asks for its runs. */
export async function announced(stage: Stage): Promise<void> {
  await until('the portal offers its runs', () =>
    stage.port.requests.some(
      (each) => each.method === 'PATCH' && each.path === '/v1/organization' && each.status === 200,
    ),
  );
}

/** Somebody else's word that runs are polled, where no bridge has said it yet. */
export async function offerRuns(stage: Stage): Promise<void> {
  await portal(stage, 'PATCH', '/organization', {
    name: 'Sandbox',
    settings: { portAgentStreamerName: 'POLLING' },
  });
}

/** Calls the portal's API with the organisation's credentials; throws where the answer is no 2xx. */
export async function portal(stage: Stage, method: string, path: string, body?: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const credentials = { clientId: 'sandbox', clientSecret: setting(stage, 'PORT_CLIENT_SECRET') };
  const signIn = await fetch(`${stage.port.url}/auth/access_token`, {
    method: 'POST',
    headers,
    body: JSON.stringify(credentials),
  });
  const { accessToken } = z.object({ accessToken: z.string() }).parse(await signIn.json());
  const answer = await fetch(`${stage.port.url}${path}`, {
    method,
    headers: { ...headers, authorization: `Bearer ${accessToken}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** An action of the organisation for an agent, that asks for nothing in its form. */
export async function addAction(stage: Stage, identifier: string, invocationMethod: object): Promise<void> {
  await portal(stage, 'POST', '/actions', {
    identifier,
    title: identifier,
    trigger: {
      type: 'self-service',
      operation: 'CREATE',
      userInputs: { properties: { service: { type: 'string' }, ref: { type: 'string' } }, required: [] },
    },
    invocationMethod,
  });
}

/** The invocation method of an action that calls the bridge through an agent. */
export function calling(route: string, body: object, base: string = PUBLIC_URL) {
  return { type: 'WEBHOOK', url: `${base}/webhooks/port/${route}`, agent: true, body };
}

/** Starts a workflow of one webhook node for an agent; answers the node's run, again and again. */
export async function startNode(
  stage: Stage,
  url: string,
  body: object,
): Promise<() => ReturnType<Stage['port']['nodeRuns']>[number]> {
  const identifier = `flow-${stage.port.nodeRuns().length}`;
  const config = { type: 'WEBHOOK', url, agent: true, body };
  await portal(stage, 'POST', '/workflows', {
    identifier,
    title: identifier,
    nodes: [
      { identifier: 'trigger', config: { type: 'SELF_SERVE_TRIGGER' } },
      { identifier: 'tell', config },
    ],
    connections: [{ sourceIdentifier: 'trigger', targetIdentifier: 'tell' }],
  });
  const before = stage.port.nodeRuns().length;
  await portal(stage, 'POST', `/workflows/${identifier}/runs`, { inputs: {} });
  return () => {
    const found = stage.port.nodeRuns()[before];
    if (found === undefined) throw new Error(`The workflow ${identifier} has no run of its node.`);
    return found;
  };
}

/** Whether the portal still waits for a worker of the run. */
export function isPending(stage: Stage, runId: string): boolean {
  return stage.port.runs().find((each) => each.id === runId)?.pendingExecution === true;
}

/** The requests of claims and acknowledgements that the portal answered with this status. */
export function answered(stage: Stage, path: string, status: number): number {
  return stage.port.requests.filter((each) => each.path.endsWith(path) && each.status === status).length;
}
