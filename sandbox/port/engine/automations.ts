import type { Action, AutomationTrigger, JsonObject } from '../state/model.ts';
import type { Organisation, PortEvent } from '../state/organisation.ts';
import { startAutomationRun } from '../state/runs.ts';
import { iso, newId } from '../state/store.ts';
import { evaluate } from './template.ts';

/** Runs, in the background, every published automation whose event and condition fit what just happened. */
export function react(org: Organisation, event: PortEvent): void {
  // Automations never listen to the runs of automations: that keeps them from chasing each other.
  if (event.resource === 'run' && event.after.source === 'AUTOMATION') return;
  if (automationsFor(org, event).length > 0) org.background.run(() => run(org, event));
}

async function run(org: Organisation, event: PortEvent): Promise<void> {
  const content = eventContent(org, event);
  for (const { action, trigger } of automationsFor(org, event)) {
    if (!(await conditionHolds(trigger, content))) continue;
    startAutomationRun(org, action, content, event.actor);
  }
}

function automationsFor(
  org: Organisation,
  event: PortEvent,
): { action: Action; trigger: AutomationTrigger }[] {
  return [...org.store.actions.values()].flatMap((action) => {
    const { trigger, publish } = action;
    if (trigger.type !== 'automation' || publish === false || !listensTo(trigger, event)) return [];
    return [{ action, trigger }];
  });
}

function listensTo({ event: wanted }: AutomationTrigger, event: PortEvent): boolean {
  if ('blueprintIdentifier' in wanted) {
    if (event.resource !== 'entity') return false;
    const blueprint = (event.after ?? event.before)?.blueprint;
    if (wanted.blueprintIdentifier !== blueprint) return false;
    return wanted.type === 'ANY_ENTITY_CHANGE' || wanted.type === `ENTITY_${verb(event)}D`;
  }
  if (event.resource !== 'run' || event.after.action.identifier !== wanted.actionIdentifier) return false;
  return wanted.type === 'ANY_RUN_CHANGE' || wanted.type === `RUN_${verb(event)}D`;
}

async function conditionHolds({ condition }: AutomationTrigger, content: JsonObject): Promise<boolean> {
  if (condition === undefined) return true;
  const results: boolean[] = [];
  for (const expression of condition.expressions)
    results.push((await evaluate(expression, content)) === true);
  return condition.combinator === 'and' ? results.every(Boolean) : results.some(Boolean);
}

function verb(event: PortEvent): 'CREATE' | 'UPDATE' | 'DELETE' {
  if (event.before === null) return 'CREATE';
  return event.after === null ? 'DELETE' : 'UPDATE';
}

function eventContent(org: Organisation, event: PortEvent): JsonObject {
  return {
    id: newId('event_'),
    action: verb(event),
    resourceType: event.resource,
    trigger: {
      by: { orgId: org.orgId, userId: event.actor.id },
      origin: event.actor.origin,
      at: iso(org.clock),
    },
    context: eventContext(org, event),
    diff: { before: event.before, after: event.after },
  };
}

function eventContext(org: Organisation, event: PortEvent): JsonObject {
  if (event.resource === 'run') {
    const action: Action | undefined = org.store.actions.get(event.after.action.identifier);
    return { action: action ?? { identifier: event.after.action.identifier } };
  }
  const entity = event.after ?? event.before;
  return {
    blueprintIdentifier: entity?.blueprint ?? null,
    entityIdentifier: entity?.identifier ?? null,
    propertyIdentifier: null,
  };
}
