import { messageOf, RequestRefused } from '../../model/errors.ts';
import type { PortDefinitions } from '../../outbound/port-definitions.ts';
import { isForbidden } from './gather.ts';
import { placeOf, rightTo } from './places.ts';
import type { Step } from './plan.ts';

/** What became of a step that was carried out. */
export type Done = {
  readonly step: Step;
  /** Why it was not done; undefined where it was. */
  readonly failure?: string;
  /** The right that the credentials lack. */
  readonly missingRight?: string;
  /** Nothing more was tried after it. */
  readonly isLast?: boolean;
};

/**
 * Carries out what is to be created and changed, one after the other. What Port refuses does not stop the rest, but
 * for what needs it; a Port that is away, or does not know the credentials, does. Never throws.
 */
export async function act(port: PortDefinitions, steps: readonly Step[]): Promise<Done[]> {
  const failed = new Set<string>();
  const done: Done[] = [];
  for (const step of steps.filter(isToDo)) {
    const lacking = step.wanted?.needs.find((name) => failed.has(name));
    const result =
      lacking === undefined ? await one(port, step) : { step, failure: `${lacking} is not there` };
    if (result.failure !== undefined && step.kind !== 'permissions') failed.add(step.identifier);
    done.push(result);
    if (result.isLast === true) break;
  }
  return done;
}

/** Whether something is to be sent for it. */
export function isToDo({ outcome }: Step): boolean {
  return outcome === 'create' || outcome === 'change';
}

async function one(port: PortDefinitions, step: Step): Promise<Done> {
  const { wanted, body } = step;
  if (wanted === undefined || body === undefined) return { step };
  const place = placeOf(wanted);
  const isNew = step.outcome === 'create' && place.all !== undefined;
  try {
    await (isNew ? port.create(place, body) : port.update(place, body));
    return { step };
  } catch (error) {
    const failure = messageOf(error);
    if (!(error instanceof RequestRefused)) return { step, failure, isLast: true };
    if (!isForbidden(error)) return { step, failure };
    return { step, failure, missingRight: rightTo(isNew ? 'create' : 'update', step.kind) };
  }
}
