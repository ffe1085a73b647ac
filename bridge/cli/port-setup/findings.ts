import type { PortalSettings } from '../../config.ts';
import { UsageError } from '../host.ts';
import { warningsOf } from './bypasses.ts';
import { type Definition, withoutPortsOwn } from './definition.ts';
import { differences } from './differences.ts';
import type { Definitions } from './files.ts';
import type { Gathered } from './gather.ts';
import { translated } from './old-form.ts';
import { planLeftOut, planOne, type Step } from './plan.ts';
import * as texts from './tell.ts';

/** What somebody asked for besides the files. */
export type Wishes = {
  readonly prefix: string;
  readonly adopt: readonly string[];
  readonly migrate: readonly string[];
};

/** What is to be done, and what people have to know. */
export type Findings = {
  readonly steps: readonly Step[];
  readonly warnings: readonly string[];
  readonly notes: readonly string[];
};

/** Compares what Port has with what it should have. Throws UsageError for a wish that makes no sense. */
export function findingsOf(
  gathered: Gathered,
  definitions: Definitions,
  settings: PortalSettings,
  wishes: Wishes,
): Findings {
  const { wanted, leftOut, names } = definitions;
  const unknown = wishes.adopt.find((name) => !wanted.some(({ identifier }) => identifier === name));
  if (unknown !== undefined) throw new UsageError(`--adopt ${unknown}: portal/ has no such definition.`);
  const actions = gathered.actions ?? [];
  const migrations = wishes.migrate.map((name) => migration(name, actions));
  const seenTo = [...wishes.adopt, ...wishes.migrate];
  const left = actions.filter(({ identifier }) => !seenTo.some((name) => name === identifier));
  return {
    steps: [
      ...planned(gathered, definitions, settings, wishes),
      ...leftOut.map(planLeftOut),
      ...migrations.map(({ step }) => step),
    ],
    warnings: warningsOf(left, names, settings.BRIDGE_PUBLIC_URL ?? ''),
    notes: [...migrations.flatMap(({ notes }) => notes), ...notesOn(definitions, settings, wishes)],
  };
}

function planned(
  gathered: Gathered,
  { wanted }: Definitions,
  settings: PortalSettings,
  { adopt }: Wishes,
): Step[] {
  const ofActions = new Map<string, Step['outcome']>();
  return wanted.map((each) => {
    const action = each.kind === 'permissions' ? ofActions.get(each.identifier) : undefined;
    const step = planOne({
      wanted: each,
      current: gathered.current.get(each) ?? 'none',
      isAdopted: adopt.includes(each.identifier),
      isSaid: settings.PORT_APPROVERS.length > 0,
      ...(action === undefined ? {} : { action }),
    });
    if (each.kind === 'action') ofActions.set(each.identifier, step.outcome);
    return step;
  });
}

/** The step that translates an action. Throws UsageError where there is none of this name. */
function migration(
  identifier: string,
  actions: readonly Definition[],
): { step: Step; notes: readonly string[] } {
  const action = actions.find((each) => each['identifier'] === identifier);
  if (action === undefined) throw new UsageError(`--migrate ${identifier}: Port has no such action.`);
  const known = { kind: 'action', identifier, differences: [] } as const;
  const found = translated(action);
  if (typeof found === 'string') return { step: { ...known, outcome: 'same', reason: found }, notes: [] };
  const { body, notes } = found;
  const wanted = { kind: 'action', identifier, body, needs: [], isOnce: false } as const;
  const changes = differences(body, withoutPortsOwn(action), () => false);
  return { step: { ...known, outcome: 'change', differences: changes, body, wanted }, notes };
}

/** What the bridge's own settings still have to say. */
function notesOn({ names }: Definitions, settings: PortalSettings, { prefix }: Wishes): string[] {
  const called = (name: string): string => names.get(name) ?? name;
  const deploy = called('deploy_service_to_cluster');
  if (prefix !== '') {
    const others = ['servicenowChangeRequest', 'approve_and_deploy_service', 'deployment'].map(called);
    return [texts.trialText(others, deploy)];
  }
  return settings.PORT_DEPLOY_ACTIONS.includes(deploy) ? [] : [texts.notDeployed(deploy)];
}
