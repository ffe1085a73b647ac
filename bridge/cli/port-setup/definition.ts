import { z } from 'zod';

export const definitionSchema = z.record(z.string(), z.json());
/** What Port keeps under one name: a blueprint, an action, … */
export type Definition = z.output<typeof definitionSchema>;
export type Json = z.output<ReturnType<typeof z.json>>;

export const KINDS = ['blueprint', 'action', 'automation', 'permissions', 'scorecard', 'page'] as const;
export type Kind = (typeof KINDS)[number];

/** One definition as it should be in Port. */
export type Wanted = {
  readonly kind: Kind;
  /** Of permissions: the action that they are of. */
  readonly identifier: string;
  /** Of a scorecard: the blueprint that it judges. */
  readonly blueprint?: string;
  readonly body: Definition;
  /** The names of ours that have to be there before it. */
  readonly needs: readonly string[];
  /** It is made where there is none, and left to the organisation from then on. */
  readonly isOnce: boolean;
};

/** How Port's answers, and people, know that a definition was made from this repository. */
export const MARK = 'Kept by Changebridge.';

/** Whether the definition says of itself that Changebridge keeps it. */
export function isKept(kind: Kind, definition: Definition): boolean {
  // A scorecard has no description of its own: one of its rules says it.
  const texts = kind === 'scorecard' ? rulesOf(definition) : [definition];
  return texts.some((each) => typeof each['description'] === 'string' && each['description'].includes(MARK));
}

/** What Port writes by itself, and does not take. */
const PORTS_OWN = new Set(['id', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy']);

/** The definition as somebody could have sent it. */
export function withoutPortsOwn(shown: Definition): Definition {
  return Object.fromEntries(Object.entries(shown).filter(([name]) => !PORTS_OWN.has(name)));
}

/** An object in a definition; an empty one where there is none. */
export function objectIn(value: Json | undefined): Definition {
  return definitionSchema.catch({}).parse(value);
}

function rulesOf({ rules }: Definition): Definition[] {
  return z.array(definitionSchema).catch([]).parse(rules);
}
