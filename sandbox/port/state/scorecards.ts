import { invalid, notFound, taken } from '../api/errors.ts';
import { checkKnown } from './definitions.ts';
import type { Actor, Scorecard, scorecardInput } from './model.ts';
import type { Organisation } from './organisation.ts';
import { authored, blueprintOf } from './store.ts';
import type { z } from 'zod';

type ScorecardInput = z.infer<typeof scorecardInput>;
const USUAL_LEVELS = ['Gold', 'Silver', 'Bronze'];

export function scorecardsOf(org: Organisation, blueprint: string): Scorecard[] {
  blueprintOf(org.store, blueprint);
  return [...(org.store.scorecards.get(blueprint)?.values() ?? [])];
}

/** @throws PortError 404 */
export function scorecardOf(org: Organisation, blueprint: string, identifier: string): Scorecard {
  const found = scorecardsOf(org, blueprint).find((each) => each.identifier === identifier);
  if (found === undefined) throw notFound('Scorecard', identifier);
  return found;
}

/** @throws PortError 404 blueprint, 409 taken, 422 a level or a property that is not there */
export function createScorecard(
  org: Organisation,
  blueprint: string,
  input: ScorecardInput,
  actor: Actor,
): Scorecard {
  if (scorecardsOf(org, blueprint).some((each) => each.identifier === input.identifier)) {
    throw taken('Scorecard', input.identifier);
  }
  return store(org, blueprint, input, actor, undefined);
}

/** @throws PortError 404, 422 */
export function replaceScorecard(
  org: Organisation,
  blueprint: string,
  identifier: string,
  input: ScorecardInput,
  actor: Actor,
): Scorecard {
  const before = scorecardOf(org, blueprint, identifier);
  org.store.scorecards.get(blueprint)?.delete(identifier);
  return store(org, blueprint, input, actor, before);
}

export function deleteScorecard(org: Organisation, blueprint: string, identifier: string): void {
  scorecardOf(org, blueprint, identifier);
  org.store.scorecards.get(blueprint)?.delete(identifier);
}

function store(
  org: Organisation,
  identifier: string,
  input: ScorecardInput,
  actor: Actor,
  before: Scorecard | undefined,
): Scorecard {
  const blueprint = blueprintOf(org.store, identifier);
  // The lowest level is the one that needs no rule.
  const levels = input.levels?.map(({ title }) => title).slice(1) ?? USUAL_LEVELS;
  for (const rule of input.rules) {
    if (rule.level !== undefined && !levels.includes(rule.level))
      throw invalid(
        `The rule "${rule.identifier}" is of the level "${rule.level}", which no entity can reach`,
      );
    for (const { property } of rule.query.conditions) {
      if (property !== undefined) checkKnown(blueprint, property, `The rule "${rule.identifier}"`);
    }
  }
  const scorecard = { ...input, blueprint: identifier, ...authored(org.clock, actor, before) };
  const table = org.store.scorecards.get(identifier) ?? new Map<string, Scorecard>();
  org.store.scorecards.set(identifier, table.set(input.identifier, scorecard));
  return scorecard;
}
