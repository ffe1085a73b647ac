import { z } from 'zod';
import type { Definition } from './definition.ts';
import type { Names } from './names.ts';
import { isOldForm } from './old-form.ts';

const actionSchema = z.looseObject({
  identifier: z.string(),
  publish: z.boolean().optional(),
  trigger: z
    .looseObject({
      type: z.string().optional(),
      blueprintIdentifier: z.string().optional(),
      event: z
        .looseObject({ blueprintIdentifier: z.string().optional(), actionIdentifier: z.string().optional() })
        .optional(),
    })
    .catch({}),
  invocationMethod: z.looseObject({ url: z.string().optional(), method: z.string().optional() }).catch({}),
});

/**
 * What is set up in the portal beside the bridge, and would write, trigger or fail behind its back; one sentence each.
 */
export function warningsOf(actions: readonly Definition[], names: Names, bridgeUrl: string): string[] {
  const watched = new Set(
    ['servicenowChangeRequest', 'approve_and_deploy_service', 'deploy_service_to_cluster'].map(
      (name) => names.get(name) ?? name,
    ),
  );
  return actions.flatMap((raw) => [...bypass(raw, watched, bridgeUrl), ...oldForm(raw)]);
}

function bypass(raw: Definition, watched: ReadonlySet<string>, bridgeUrl: string): string[] {
  const action = actionSchema.safeParse(raw);
  if (!action.success || action.data.publish === false) return [];
  const { identifier, trigger, invocationMethod } = action.data;
  const { url } = invocationMethod;
  if (url === undefined || url === bridgeUrl || url.startsWith(`${bridgeUrl}/`)) return [];
  const about = [trigger.event?.blueprintIdentifier, trigger.event?.actionIdentifier].find(
    (name) => name !== undefined && watched.has(name),
  );
  if (trigger.type === 'automation' && about !== undefined) {
    return [
      `The automation ${identifier} listens to ${about} and calls ${hostOf(url)}, not the bridge: what it starts or writes comes on top of what the bridge does. Delete it, or point it to the bridge (see docs/port.md).`,
    ];
  }
  if (!watched.has(identifier)) return [];
  return [
    `The action ${identifier} calls ${hostOf(url)}, not the bridge: nothing of its runs is checked or kept.`,
  ];
}

function oldForm(raw: Definition): string[] {
  const { identifier } = raw;
  if (typeof identifier !== 'string' || !isOldForm(raw)) return [];
  return [
    `The action ${identifier} has a form that Port no longer takes. --migrate ${identifier} translates it.`,
  ];
}

/** An address may hold a token: its host is enough. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'another address';
}
