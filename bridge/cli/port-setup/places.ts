import type { DefinitionPlace } from '../../outbound/port-definitions.ts';
import type { Kind, Wanted } from './definition.ts';

/**
 * Where Port keeps a definition. Every path but the writing of pages, which is in beta, is in Port's OpenAPI document.
 * @see https://docs.port.io/api-reference/port-api
 */
export function placeOf({
  kind,
  identifier,
  blueprint = '',
}: Pick<Wanted, 'kind' | 'identifier' | 'blueprint'>): DefinitionPlace {
  const name = encodeURIComponent(identifier);
  const scorecards = `/blueprints/${encodeURIComponent(blueprint)}/scorecards`;
  const places: Record<Kind, DefinitionPlace> = {
    blueprint: { all: '/blueprints', one: `/blueprints/${name}`, member: 'blueprint', update: 'PUT' },
    action: { all: '/actions', one: `/actions/${name}`, member: 'action', update: 'PUT' },
    automation: { all: '/actions', one: `/actions/${name}`, member: 'action', update: 'PUT' },
    permissions: { one: `/actions/${name}/permissions`, member: 'permissions', update: 'PATCH' },
    scorecard: { all: scorecards, one: `${scorecards}/${name}`, member: 'scorecard', update: 'PUT' },
    page: { all: '/pages', one: `/pages/${name}`, member: 'page', update: 'PATCH' },
  };
  return places[kind];
}

/** What the credentials are used for. */
export type Deed = 'read' | 'create' | 'update';

/** The rights that Port's OpenAPI document names. For the others an administrator's credentials are the answer. */
const SCOPES: Partial<Record<`${Deed} ${Kind}`, string>> = {
  'read blueprint': 'read:blueprints',
  'create blueprint': 'create:blueprints',
  'read action': 'read:actions',
  'create action': 'create:actions',
  'update action': 'update:actions',
  'read automation': 'read:actions',
  'create automation': 'create:actions',
  'update automation': 'update:actions',
  'read scorecard': 'read:scorecards',
};

/** The right that is missing where Port answers 403, in Port's own words or in ours. */
export function rightTo(deed: Deed, kind: Kind): string {
  const what = kind === 'permissions' ? 'the permissions of actions' : `${kind}s`;
  return SCOPES[`${deed} ${kind}`] ?? `to ${deed} ${what} (Port names no scope for it: Admin)`;
}
