import type { Definition } from '../../outbound/port.ts';
import { CredentialsRefused, RequestRefused, UpstreamUnavailable } from '../../model/errors.ts';
import type { FlowContext } from './context.ts';
import * as texts from './texts.ts';

/** A definition of the portal that starts GitLab's pipelines by itself: on each updated change, or each approve run. */
export type OwnTrigger = {
  readonly name: string;
  readonly on: 'entity' | 'approval';
  /** The GitLab project that it calls, by number or path. */
  readonly project: string;
};

const WARNING = 'portal-triggers';
/** GitLab's trigger address, in both of its forms. */
const TRIGGER = /\/api\/v4\/projects\/([^/]+)\/(?:ref\/.+\/)?trigger\/pipeline(?:\?|$)/;

/** Which of the portal's definitions call GitLab about changes, instead of the bridge. */
export function ownTriggersAmong(
  definitions: readonly Definition[],
  changeBlueprint: string,
  approveAction: string,
): OwnTrigger[] {
  return definitions.flatMap((each): OwnTrigger[] => {
    const project = TRIGGER.exec(each.invocationMethod.url ?? '')?.[1];
    if (project === undefined || each.publish === false) return [];
    const { event } = each.trigger;
    const on = (kind: OwnTrigger['on']): OwnTrigger[] => [
      { name: each.identifier, on: kind, project: decodeURIComponent(project) },
    ];
    if (each.identifier === approveAction || event?.actionIdentifier === approveAction) return on('approval');
    return event?.blueprintIdentifier === changeBlueprint ? on('entity') : [];
  });
}

/**
 * The portal's definitions that call GitLab about changes; warns while there are any. Where the portal cannot be read
 * it is taken to have none, unless it had some: then the caller has to wait. Throws what Port's client throws.
 */
export async function ownTriggers(ctx: FlowContext): Promise<readonly OwnTrigger[]> {
  const { warnings } = ctx.ledger;
  const { changeBlueprint, approveAction } = ctx.settings;
  const definitions = await readDefinitions(ctx);
  if (definitions === undefined) return [];
  const found = ownTriggersAmong(definitions, changeBlueprint, approveAction);
  if (found.length === 0) {
    await warnings.clear(WARNING);
    return [];
  }
  const text = texts.portalTriggers(found.map(({ name }) => name));
  if (await warnings.raise(WARNING, text)) ctx.log.warn({ portal: found }, text);
  return found;
}

async function readDefinitions(ctx: FlowContext): Promise<readonly Definition[] | undefined> {
  try {
    return await ctx.port.definitions();
  } catch (error) {
    const isAway =
      error instanceof UpstreamUnavailable ||
      error instanceof CredentialsRefused ||
      error instanceof RequestRefused;
    if (!isAway || (await ctx.ledger.warnings.all())[WARNING] !== undefined) throw error;
    return undefined;
  }
}
