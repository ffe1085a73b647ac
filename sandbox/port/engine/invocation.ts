import { createHmac } from 'node:crypto';
import { agentJson } from './agent.ts';
import type { Action, Actor, Entity, JsonObject, Run, WebhookMethod } from '../state/model.ts';
import { userById, type Organisation } from '../state/organisation.ts';
import { offer } from '../state/claims.ts';
import { iso, type Invocation } from '../state/store.ts';
import { render, renderString } from './template.ts';

/** A run that is ready to call its backend; `event` is set for automations. */
export interface Invocable {
  run: Run;
  action: Action;
  entity: Entity | undefined;
  event: JsonObject | null;
  actor: Actor;
}

type Finish = (status: 'SUCCESS' | 'FAILURE', response: JsonObject) => void;

interface Call {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

/**
 * Calls the run's backend once. A call that fails is not repeated: the run stays in progress, unless
 * the action is synchronized; then the answer's status ends it through `finish`.
 * What belongs to the execution agent is sent only when the stand-in runs one; else it waits to be claimed.
 */
export async function invoke(org: Organisation, invocable: Invocable, finish: Finish): Promise<void> {
  const { run, action } = invocable;
  const method = action.invocationMethod;
  const context = contextOf(org, invocable);
  if (method.type !== 'WEBHOOK') {
    run.payload = { ...method };
    const url = method.type === 'GITLAB' ? org.agent?.gitlabUrl : undefined;
    if (url === undefined) return offer(org, run);
    const body = fullPayload(org, context, invocable);
    await send(org, run, { method: 'POST', url, headers: {}, body }, agentJson(body));
    return;
  }
  const call = await renderCall(org, method, context, invocable);
  run.payload = await shownPayload(org, method, context, invocable, call);
  const viaAgent = method.agent === true;
  if (viaAgent && org.agent === undefined) return offer(org, run);
  const plain = JSON.stringify(call.body);
  const sent = await send(org, run, call, viaAgent ? agentJson(call.body) : { wire: plain, signed: plain });
  if (method.synchronized !== true) return;
  const good = 'status' in sent && sent.status >= 200 && sent.status < 300;
  finish(good ? 'SUCCESS' : 'FAILURE', { ...sent });
}

/** Port signs `timestamp.body` with the organisation's client secret. */
export function sign(clientSecret: string, timestamp: string, body: string): string {
  return `v1,${createHmac('sha256', clientSecret).update(`${timestamp}.${body}`).digest('base64')}`;
}

function contextOf(org: Organisation, { run, action, entity, event, actor }: Invocable): JsonObject {
  return {
    inputs: event === null ? run.properties : null,
    trigger: {
      by: { orgId: org.orgId, userId: actor.id, user: publicUser(org, actor.id) },
      origin: event === null ? actor.origin : 'AUTOMATION',
      at: run.createdAt,
    },
    event,
    entity: entity ?? null,
    action: {
      identifier: action.identifier,
      title: action.title ?? null,
      blueprint: run.blueprint?.identifier ?? null,
    },
    run: { id: run.id },
    secrets: org.secrets,
  };
}

function publicUser(org: Organisation, id: string): JsonObject | null {
  const user = userById(org, id);
  if (user === undefined) return null;
  const { role: _role, ...shown } = user;
  return { ...shown, status: 'ACTIVE' };
}

async function renderCall(
  org: Organisation,
  method: WebhookMethod,
  context: JsonObject,
  invocable: Invocable,
): Promise<Call> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(method.headers ?? {})) {
    headers[name] = await renderString(value, context);
  }
  return {
    method: method.method ?? 'POST',
    url: await renderString(method.url, context),
    headers,
    body:
      method.body === undefined ? fullPayload(org, context, invocable) : await render(method.body, context),
  };
}

// What a webhook without a body template receives: an automation its context, an action the whole run.
function fullPayload(org: Organisation, context: JsonObject, invocable: Invocable): JsonObject {
  const { run, action, entity, actor, event } = invocable;
  if (event !== null) {
    const { secrets: _secrets, ...shown } = context;
    return shown;
  }
  return {
    action: action.identifier,
    resourceType: 'run',
    status: 'TRIGGERED',
    trigger: {
      by: { orgId: org.orgId, userId: actor.id, user: publicUser(org, actor.id) },
      origin: actor.origin,
      at: run.createdAt,
    },
    context: {
      entity: entity?.identifier ?? null,
      blueprint: run.blueprint?.identifier ?? null,
      runId: run.id,
    },
    payload: {
      entity: entity ?? null,
      action: {
        invocationMethod: action.invocationMethod,
        trigger: action.trigger.type === 'self-service' ? action.trigger.operation : 'AUTOMATION',
      },
      properties: run.properties,
      censoredProperties: [],
    },
  };
}

// The run's page and API show what was sent, with the values of secrets hidden.
async function shownPayload(
  org: Organisation,
  method: WebhookMethod,
  context: JsonObject,
  invocable: Invocable,
  call: Call,
): Promise<JsonObject> {
  const masked = Object.fromEntries(Object.keys(org.secrets).map((name) => [name, '******']));
  const shown = JSON.stringify(method).includes('.secrets')
    ? await renderCall(org, method, { ...context, secrets: masked }, invocable)
    : call;
  return {
    type: 'WEBHOOK',
    agent: method.agent ?? false,
    synchronized: method.synchronized ?? false,
    ...shown,
  };
}

type Outcome = { status: number; body: string } | { error: string };

async function send(
  org: Organisation,
  run: Run,
  call: Call,
  { wire: body, signed }: { wire: string; signed: string },
): Promise<Outcome> {
  const timestamp = String(Math.floor(org.clock() / 1000));
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'user-agent': 'port-stand-in',
    ...call.headers,
    'x-port-timestamp': timestamp,
    'x-port-signature': sign(org.clientSecret, timestamp, signed),
  };
  const record: Invocation = {
    runId: run.id,
    action: run.action.identifier,
    method: call.method,
    url: call.url,
    headers: { ...headers },
    body,
    outcome: 'pending',
  };
  org.store.invocations.push(record);
  if (org.faults.take(run.action.identifier, 'drop-webhook') !== undefined) {
    record.outcome = 'dropped';
    return { error: `The call was lost at ${iso(org.clock)}` };
  }
  // An action may call the portal's own API; the portal then authenticates the call itself.
  if (call.url.startsWith(`${org.apiUrl()}/`)) {
    headers['authorization'] = `Bearer ${org.tokens.issueFor({ id: run.createdBy, origin: 'API' })}`;
  }
  const outcome = await post(org, call, headers, body);
  record.outcome = 'status' in outcome ? { status: outcome.status } : outcome;
  return outcome;
}

async function post(
  org: Organisation,
  call: Call,
  headers: Record<string, string>,
  body: string,
): Promise<Outcome> {
  try {
    const response = await fetch(call.url, {
      method: call.method,
      headers,
      body,
      redirect: 'manual',
      signal: AbortSignal.any([org.closing, AbortSignal.timeout(org.invocationTimeoutMs)]),
    });
    return { status: response.status, body: (await response.text()).slice(0, 10_000) };
  } catch (cause) {
    return { error: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause) };
  }
}
