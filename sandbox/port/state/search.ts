import { z } from 'zod';
import { invalid } from '../api/errors.ts';
import type { Entity } from './model.ts';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const rule = z.looseObject({
  property: z.string(),
  operator: z.enum([
    '=',
    '!=',
    '>',
    '>=',
    '<',
    '<=',
    'in',
    'notIn',
    'contains',
    'doesNotContains',
    'beginsWith',
    'endsWith',
    'isEmpty',
    'isNotEmpty',
  ]),
  value: z.union([scalar, z.array(scalar)]).optional(),
});
type Rule = z.infer<typeof rule>;

export interface Query {
  combinator: 'and' | 'or';
  rules: (Rule | Query)[];
}
/** Rules, and rules within rules. */
export const searchQuery = z.strictObject({
  combinator: z.enum(['and', 'or']),
  get rules(): z.ZodType<(Rule | Query)[]> {
    return z.array(z.union([searchQuery, rule]));
  },
});

export const searchInput = z.strictObject({
  query: searchQuery.optional(),
  include: z.array(z.string()).optional(),
  exclude: z.array(z.string()).optional(),
  limit: z.number().int().min(1).max(1000).default(200),
  from: z.string().optional(),
});
export const globalSearchInput = searchQuery;

/** The names of the properties that a search reads. */
export function propertiesOf(search: Query): string[] {
  return search.rules.flatMap((each) => (isQuery(each) ? propertiesOf(each) : [each.property]));
}

/** One page of the matching entities, in the order of their identifiers, and where the next one starts. */
export function searchPage(
  entities: Entity[],
  search: z.output<typeof searchInput>,
): { entities: Entity[]; next: string | undefined } {
  const after = search.from === undefined ? undefined : decodeCursor(search.from);
  const matching = entities
    .filter((entity) => search.query === undefined || matches(entity, search.query))
    .filter((entity) => after === undefined || entity.identifier > after)
    .toSorted((left, right) => (left.identifier < right.identifier ? -1 : 1));
  const page = matching.slice(0, search.limit);
  const last = page.at(-1);
  const more = matching.length > page.length && last !== undefined;
  return { entities: page, next: more ? encodeCursor(last.identifier) : undefined };
}

export function matches(entity: Entity, search: Query): boolean {
  const results = search.rules.map((each) =>
    'rules' in each && isQuery(each) ? matches(entity, each) : isRule(each) && holds(entity, each),
  );
  return search.combinator === 'and' ? results.every(Boolean) : results.some(Boolean);
}

function isQuery(value: Rule | Query): value is Query {
  return 'combinator' in value;
}

function isRule(value: Rule | Query): value is Rule {
  return 'operator' in value;
}

function holds(entity: Entity, { property, operator, value }: Rule): boolean {
  const actual = read(entity, property);
  const list = Array.isArray(value) ? value : [value];
  const text = typeof actual === 'string' ? actual : JSON.stringify(actual ?? '');
  const wanted = typeof value === 'string' ? value : JSON.stringify(value ?? '');
  switch (operator) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case 'in':
      return list.some((each) => each === actual);
    case 'notIn':
      return !list.some((each) => each === actual);
    case 'isEmpty':
      return actual === undefined || actual === null || actual === '';
    case 'isNotEmpty':
      return !(actual === undefined || actual === null || actual === '');
    case 'contains':
      return text.includes(wanted);
    case 'doesNotContains':
      return !text.includes(wanted);
    case 'beginsWith':
      return text.startsWith(wanted);
    case 'endsWith':
      return text.endsWith(wanted);
    default:
      return actual !== undefined && compare(actual, value, operator);
  }
}

function compare(actual: unknown, value: unknown, operator: '>' | '>=' | '<' | '<='): boolean {
  const both = typeof actual === 'number' && typeof value === 'number';
  const order = both ? actual - value : String(actual).localeCompare(String(value));
  if (operator === '>') return order > 0;
  if (operator === '>=') return order >= 0;
  return operator === '<' ? order < 0 : order <= 0;
}

const META = new Map<string, (entity: Entity) => unknown>([
  ['$identifier', (entity) => entity.identifier],
  ['$title', (entity) => entity.title],
  ['$blueprint', (entity) => entity.blueprint],
  ['$icon', (entity) => entity.icon],
  ['$createdAt', (entity) => entity.createdAt],
  ['$updatedAt', (entity) => entity.updatedAt],
]);

function read(entity: Entity, property: string): unknown {
  if (!property.startsWith('$')) return entity.properties[property] ?? null;
  const meta = META.get(property);
  if (meta === undefined)
    throw invalid(`"query.rules.property" names the unknown meta-property "${property}"`);
  return meta(entity);
}

function encodeCursor(identifier: string): string {
  return Buffer.from(`after:${identifier}`).toString('base64url');
}

function decodeCursor(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString();
  if (!text.startsWith('after:'))
    throw invalid('"from" is not a value that a previous answer gave as "next"');
  return text.slice('after:'.length);
}
