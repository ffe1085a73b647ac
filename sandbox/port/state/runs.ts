import { forbidden, invalid } from '../api/errors.ts';
import { invoke, type Invocable } from '../engine/invocation.ts';
import { withdraw } from './claims.ts';
import type {
  Action,
  Actor,
  ApprovalInput,
  Entity,
  JsonObject,
  LogInput,
  Reference,
  Run,
  RunLog,
  RunPatch,
} from './model.ts';
import type { Organisation } from './organisation.ts';
import { offeredFor } from './offer.ts';
import { checkMayApprove, mayExecute } from './permissions.ts';
import { checkInputs } from './schema.ts';
import { actionOf, authored, entityOf, iso, newId, runOf } from './store.ts';

/**
 * Starts a self-service action and returns the new run; its backend is called afterwards.
 * An action that requires approval waits for it instead.
 * @throws PortError 404 action or entity, 403, 422 inputs, a missing entity, or one that it is not offered for
 */
export function startRun(
  org: Organisation,
  actionId: string,
  input: { properties: JsonObject; entity?: string | undefined },
  actor: Actor,
): Run {
  const action = actionOf(org.store, actionId);
  checkInputs(action, input.properties);
  const entity = subject(org, action, input.entity);
  if (!mayExecute(org, action, actor.id, entity)) {
    throw forbidden(`You are not allowed to run the action "${actionId}"`);
  }
  if (entity !== undefined && !offeredFor(action, entity)) {
    throw invalid(`The action "${actionId}" is not available for the entity "${entity.identifier}"`);
  }
  const run = createRun(org, action, input.properties, entity, actor, actor.origin);
  if (action.requiredApproval !== false) {
    run.status = 'WAITING_FOR_APPROVAL';
  }
  org.announce({ resource: 'run', before: null, after: structuredClone(run), actor });
  if (run.status === 'IN_PROGRESS') launch(org, { run, action, entity, event: null, actor });
  return run;
}

/** The run that an automation makes; the caller gives it the event that set it off. */
export function startAutomationRun(org: Organisation, action: Action, event: JsonObject, actor: Actor): Run {
  const run = createRun(org, action, {}, undefined, actor, 'AUTOMATION');
  launch(org, { run, action, entity: undefined, event, actor });
  return run;
}

/** @throws PortError 404, 422 when the run has ended */
export function patchRun(org: Organisation, id: string, patch: RunPatch, actor: Actor): Run {
  return change(org, id, actor, (run) => {
    const { status, link, ...rest } = patch;
    Object.assign(run, definedOnly(rest));
    if (link !== undefined) run.link = typeof link === 'string' ? [link] : link;
    if (status !== undefined) end(org, run, status);
  });
}

/** Adds a line to the run's log; a termination status ends the run. @throws PortError 404, 422 */
export function addLog(org: Organisation, id: string, input: LogInput, actor: Actor): RunLog {
  const log: RunLog = {
    id: newId('rl_'),
    runId: id,
    message: input.message,
    createdBy: actor.id,
    createdAt: iso(org.clock),
  };
  if (input.terminationStatus !== undefined) log.terminationStatus = input.terminationStatus;
  if (input.terminationStatus === undefined && input.statusLabel === undefined) {
    refuseEnded(runOf(org.store, id));
  } else {
    change(org, id, actor, (run) => {
      if (input.statusLabel !== undefined) run.statusLabel = input.statusLabel;
      if (input.terminationStatus !== undefined) end(org, run, input.terminationStatus);
    });
  }
  org.store.logs.set(id, [...(org.store.logs.get(id) ?? []), log]);
  return log;
}

/** Approves or declines a run that waits for it. @throws PortError 404, 403, 422 when it does not wait */
export function decideRun(org: Organisation, id: string, input: ApprovalInput, actor: Actor): Run {
  const waiting = runOf(org.store, id);
  if (waiting.status !== 'WAITING_FOR_APPROVAL') {
    throw invalid(`Run "${id}" is ${waiting.status}; it does not wait for an approval`);
  }
  checkMayApprove(org, waiting.action.identifier, actor.id);
  const approved = input.status === 'APPROVE';
  const run = change(org, id, actor, (each) => {
    each.approval = { userId: actor.id, state: approved ? 'APPROVED' : 'DECLINED' };
    if (input.description !== undefined) each.approval.description = input.description;
    each.status = 'IN_PROGRESS';
    if (!approved) end(org, each, 'DECLINED');
  });
  if (!approved) return run;
  const action = actionOf(org.store, run.action.identifier);
  const requester: Actor = { id: run.createdBy, origin: run.source === 'UI' ? 'UI' : 'API' };
  launch(org, {
    run,
    action,
    entity: subject(org, action, run.entity?.identifier),
    event: null,
    actor: requester,
  });
  return run;
}

/** A run as the API shows it: `v1` gives the action's identifier as plain text, `v2` as an object. */
export function runView(run: Run, version: 'v1' | 'v2'): JsonObject {
  const { message: _message, ...shown } = run;
  if (version === 'v2') return shown;
  return { ...shown, action: run.action.identifier, endedAt: run.endedAt ?? null };
}

function createRun(
  org: Organisation,
  action: Action,
  properties: JsonObject,
  entity: Entity | undefined,
  actor: Actor,
  source: Run['source'],
): Run {
  const run: Run = {
    id: newId('r_'),
    status: 'IN_PROGRESS',
    action: reference(action),
    source,
    properties,
    requiredApproval: action.requiredApproval,
    link: [],
    ...authored(org.clock, actor),
  };
  const blueprintId = entity?.blueprint ?? targetBlueprint(action);
  const blueprint = blueprintId === undefined ? undefined : org.store.blueprints.get(blueprintId);
  if (blueprint !== undefined) run.blueprint = reference(blueprint);
  if (entity !== undefined) run.entity = reference(entity);
  if (actor.impersonatedBy !== undefined) run.impersonatedBy = actor.impersonatedBy;
  org.store.runs.set(run.id, run);
  return run;
}

function launch(org: Organisation, invocable: Invocable): void {
  const finish = (status: 'SUCCESS' | 'FAILURE', response: JsonObject) => {
    if (invocable.run.endedAt !== undefined) return;
    change(org, invocable.run.id, invocable.actor, (run) => {
      run.response = response;
      end(org, run, status);
    });
  };
  org.background.run(() => invoke(org, invocable, finish));
}

function change(org: Organisation, id: string, actor: Actor, edit: (run: Run) => void): Run {
  const run = runOf(org.store, id);
  refuseEnded(run);
  const before = structuredClone(run);
  edit(run);
  run.updatedAt = iso(org.clock);
  run.updatedBy = actor.id;
  org.announce({ resource: 'run', before, after: structuredClone(run), actor });
  return run;
}

function refuseEnded(run: Run): void {
  if (run.endedAt === undefined) return;
  throw invalid(`Run "${run.id}" has already ended as ${run.status} and can no longer be changed`);
}

function end(org: Organisation, run: Run, status: 'SUCCESS' | 'FAILURE' | 'DECLINED'): void {
  run.status = status;
  run.endedAt = iso(org.clock);
  withdraw(run);
}

/** The entity that a run is about. @throws PortError 404, 422 where it is not named */
export function subject(org: Organisation, action: Action, entity: string | undefined): Entity | undefined {
  if (action.trigger.type !== 'self-service' || action.trigger.operation === 'CREATE') return undefined;
  const blueprint = targetBlueprint(action);
  if (blueprint === undefined) return undefined;
  if (entity === undefined) {
    throw invalid(`Action "${action.identifier}" runs on an entity of "${blueprint}"; name one in "entity"`);
  }
  return entityOf(org.store, blueprint, entity);
}

function targetBlueprint(action: Action): string | undefined {
  return action.trigger.type === 'self-service' ? action.trigger.blueprintIdentifier : undefined;
}

function reference(named: {
  identifier: string;
  title?: string | undefined;
  icon?: string | null | undefined;
}): Reference {
  return { identifier: named.identifier, title: named.title ?? null, icon: named.icon ?? null };
}

function definedOnly(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
