import { z } from 'zod';
import { PEOPLE, PROJECT, PUBLIC_URL, SERVICE, type Stage } from '../../stage/stage.ts';
import type { Entity } from '../../sandbox/port/server.ts';
import { until } from '../support/until.ts';
import { setting } from './wire.ts';

type Run = ReturnType<Stage['port']['runs']>[number];
type Row = ReturnType<Stage['servicenow']['createChange']>;

/** A developer's run of the deploy action, as the portal sends it. */
export function startDeploy(stage: Stage): string {
  return stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Production' },
  }).id;
}

/**
 * A deployment whose pipeline stands still before its deploy job and has asked for no gate: a test asks in its place.
 * `token` is an id_token of it.
 */
export async function standingDeploy(
  stage: Stage,
): Promise<{ runId: string; pipeline: string; token: string }> {
  stage.gitlab.setProject(PROJECT, { coverage: 90, manualDeploy: true });
  const runId = startDeploy(stage);
  const pipeline = await until('a pipeline that waits', () =>
    stage.gitlab.pipelines().find((each) => each.payload.deploy_run_id === runId && each.status === 'manual'),
  );
  stage.gitlab.setProject(PROJECT, { coverage: 65, manualDeploy: false });
  await until('the developer is told of it', () =>
    logOf(stage, runId).includes(`Pipeline ${pipeline.id} started`),
  );
  return { runId, pipeline: String(pipeline.id), token: stage.gitlab.idToken(pipeline.id, PUBLIC_URL) };
}

/** A developer's run whose webhook never left the portal: a run to stand behind a change, without a pipeline. */
export function silentDeploy(stage: Stage, by: string = PEOPLE.developer): string {
  stage.port.faults.add({ kind: 'drop-webhook', match: 'deploy_service_to_cluster' });
  return stage.port.startRun('deploy_service_to_cluster', {
    by,
    entity: SERVICE,
    properties: { environment: 'Production' },
  }).id;
}

/** The change that a gate opened for a run, by its sys_id, as soon as it is there. */
export async function createdChange(stage: Stage, runId: string, deadlineMs?: number): Promise<string> {
  const row = await until('a change request', () => changeOf(stage, runId), deadlineMs);
  return row['sys_id'] ?? '';
}

/** The same, once somebody is asked to approve it: before that, nobody decides. */
export async function openedChange(stage: Stage, runId: string, deadlineMs?: number): Promise<string> {
  const sysId = await createdChange(stage, runId, deadlineMs);
  const isAsked = (): boolean => stage.servicenow.approvals(sysId).length > 0;
  if (stage.env['SERVICENOW_REQUEST_APPROVAL'] === undefined) await until('somebody is asked', isAsked);
  return sysId;
}

export function changeOf(stage: Stage, runId: string): Row | undefined {
  return stage.servicenow.rows('change_request').find((row) => row['u_external_tags']?.includes(runId));
}

/** A change that waits for a decision on a deployment, shown in the portal. */
export async function waitingChange(stage: Stage): Promise<{ runId: string; sysId: string }> {
  const runId = silentDeploy(stage);
  const row = stage.servicenow.createChange({
    short_description: 'Deploy checkout',
    u_external_tags: runId,
  });
  const sysId = row['sys_id'] ?? '';
  await until('the change in the portal', () => entity(stage, sysId) !== undefined);
  return { runId, sysId };
}

/** The portal lets this person decide as well: what the bridge thinks of it is another matter. */
export function allowToDecide(stage: Stage, by: string): void {
  stage.port.permit('approve_and_deploy_service', { execute: { users: [by] } });
}

/** A portal that is behind: it still offers the decision on a change that awaits none. */
export function offered(stage: Stage, sysId: string): void {
  const properties = { ...entity(stage, sysId)?.properties, isActive: true, approval: 'requested' };
  stage.port.putEntity('servicenowChangeRequest', { identifier: sysId, properties });
}

/** Somebody decides in the portal's form. */
export function decideInPortal(
  stage: Stage,
  sysId: string,
  status: 'approved' | 'declined',
  how: { readonly by?: string; readonly reason?: string } = {},
): string {
  return stage.port.startRun('approve_and_deploy_service', {
    by: how.by ?? PEOPLE.engineer,
    entity: sysId,
    properties: {
      approval_status: status,
      ...(how.reason === undefined ? {} : { reason: how.reason }),
    },
  }).id;
}

export function run(stage: Stage, id: string): Run {
  const found = stage.port.runs().find((each) => each.id === id);
  if (found === undefined) throw new Error(`The portal has no run ${id}.`);
  return found;
}

/** Waits until the run has ended and answers how. */
export async function endOf(stage: Stage, id: string, deadlineMs?: number): Promise<string> {
  await until(`run ${id} ends`, () => run(stage, id).status !== 'IN_PROGRESS', deadlineMs);
  return run(stage, id).status;
}

export function logOf(stage: Stage, runId: string): string {
  return stage.port
    .logs(runId)
    .map((line) => line.message)
    .join('\n');
}

/** What the developer was told, but for who is asked: that is told as soon as ServiceNow shows it. */
export function storyOf(stage: Stage, runId: string): string[] {
  return stage.port
    .logs(runId)
    .map((line) => line.message)
    .filter((message) => !message.startsWith('👤'));
}

/** The portal's entity of a change. */
export function entity(stage: Stage, sysId: string): Entity | undefined {
  return stage.port.entities('servicenowChangeRequest').find((each) => each.identifier === sysId);
}

export async function shows(stage: Stage, sysId: string, approval: string): Promise<void> {
  await until(
    `the portal shows ${approval}`,
    () => entity(stage, sysId)?.properties['approval'] === approval,
  );
}

/** The pipelines that were started for a change, by the payload that they got. */
export function pipelinesOf(stage: Stage, sysId: string) {
  return stage.gitlab.pipelines().filter((pipeline) => pipeline.payload.system_id === sysId);
}

export function deploymentsOf(stage: Stage, sysId: string) {
  return stage.gitlab.deployments().filter((deployment) => deployment.system_id === sysId);
}

/** What was written to a change, but for the step out of New and the note about the outcome. */
export function patches(stage: Stage, sysId: string) {
  const all = stage.servicenow.requests.list(`PATCH /api/now/table/change_request/${sysId}`);
  return all.filter(({ body }) => !/^\{"(state":"-4"\}|work_notes":)/.test(JSON.stringify(body)));
}

/** How often the portal was asked to write this change's entity. */
export function upserts(stage: Stage, sysId: string): number {
  return stage.port.requests.filter(
    (request) => request.path.includes('/entities') && JSON.stringify(request.body ?? '').includes(sysId),
  ).length;
}

/** The record of a change as the ServiceNow app sends it. */
export function recordOf(stage: Stage, sysId: string): Row {
  const row = stage.servicenow.change(sysId);
  if (row === undefined) throw new Error(`ServiceNow has no change ${sysId}.`);
  return { ...row };
}

/** Cuts the wire from ServiceNow to the bridge: what happens there now is told by the test, or by nobody. */
export function muteServiceNow(stage: Stage): void {
  stage.servicenow.setProperty('x_chb_changebridge.enabled', 'false');
}

/** The older automation that tells the bridge of every update of a change's entity. */
export async function echoEntityUpdates(stage: Stage): Promise<void> {
  const automation = {
    identifier: 'approveSnowPipeline',
    title: 'Tell the bridge of an updated change',
    trigger: {
      type: 'automation',
      event: { type: 'ENTITY_UPDATED', blueprintIdentifier: 'servicenowChangeRequest' },
    },
    invocationMethod: {
      type: 'WEBHOOK',
      url: `${stage.bridgeUrl()}/webhooks/port/entity`,
      agent: false,
      synchronized: false,
    },
    publish: true,
  };
  await portApi(stage, '/actions', automation);
}

/** Calls the portal's API as its administrator; throws where the answer is no 2xx. */
export async function portApi(
  stage: Stage,
  path: string,
  body: object,
  method: 'POST' | 'PUT' = 'POST',
): Promise<unknown> {
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
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** A machine with the organisation's credentials starts a run on behalf of a person (`run_as`). */
export async function startedAs(
  stage: Stage,
  action: string,
  email: string,
  subject: string,
  properties: object,
): Promise<string> {
  const path = `/actions/${action}/runs?run_as=${encodeURIComponent(email)}`;
  const answer = await portApi(stage, path, { entity: subject, properties });
  return z.object({ run: z.object({ id: z.string() }) }).parse(answer).run.id;
}
