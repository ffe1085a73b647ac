import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { z } from 'zod';
import { pageRoutes } from './pages.ts';

const routeSchema = z.object({
  method: z.string(),
  path: z.string(),
  /** What the caller's token has to allow. */
  scopes: z.array(z.string()),
  query: z.array(z.object({ name: z.string(), required: z.boolean(), schema: z.unknown() })),
  body: z.record(z.string(), z.unknown()).optional(),
});
export type Route = z.infer<typeof routeSchema>;

/** Cut from Port's own OpenAPI document, see `tools/port-openapi.ts`. */
const document = z
  .object({
    routes: z.array(routeSchema),
    schemas: z.record(z.string(), z.unknown()),
    parts: z.record(z.string(), z.unknown()),
  })
  .parse(JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8')));

/**
 * The document names no right for some writes. A token that lacks the right of the same name is refused all the
 * same: a client has to cope with that.
 */
const UNNAMED_SCOPES: Readonly<Record<string, string>> = {
  'PUT /v1/blueprints/{identifier}': 'update:blueprints',
  'PATCH /v1/blueprints/{identifier}': 'update:blueprints',
  'PATCH /v1/actions/{action_identifier}/permissions': 'update:actions',
  'GET /v1/actions/{action_identifier}/permissions': 'read:actions',
  'POST /v1/blueprints/{blueprint_identifier}/scorecards': 'create:scorecards',
  'PUT /v1/blueprints/{blueprint_identifier}/scorecards/{scorecard_identifier}': 'update:scorecards',
  'DELETE /v1/blueprints/{blueprint_identifier}/scorecards/{scorecard_identifier}': 'delete:scorecards',
  'GET /v1/pages': 'read:pages',
  'GET /v1/pages/{identifier}': 'read:pages',
};

const routes: readonly Route[] = [...document.routes, ...pageRoutes].map((route) => {
  const unnamed = UNNAMED_SCOPES[`${route.method} ${route.path}`];
  return unnamed === undefined || route.scopes.length > 0 ? route : { ...route, scopes: [unnamed] };
});
const patterns = routes.map((route) => ({ route, pattern: patternOf(route.path) }));
const validators = new Map<Route, ValidateFunction>();
const ajv = createAjv();

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
}

function createAjv(): Ajv {
  const instance = new Ajv({ strict: false, allErrors: true });
  // Templates and values of other formats are checked where they are used.
  for (const format of ['date-time', 'url', 'uri', 'email']) instance.addFormat(format, true);
  return instance;
}

/** The published route of a request, with `/v1`; undefined where the document has none. */
export function routeOf(method: string, path: string): Route | undefined {
  return patterns.find(({ route, pattern }) => route.method === method && pattern.test(path))?.route;
}

/** What is wrong with a request's body, one sentence each, the most telling first. */
export function bodyProblems(route: Route, body: unknown): string[] {
  if (route.body === undefined) return [];
  const validate = validators.get(route) ?? compile(route, route.body);
  if (validate(body)) return [];
  // Where a choice fails, each of its branches complains: those that went deepest were nearest to a match.
  const errors = (validate.errors ?? []).toSorted((left, right) => depth(right) - depth(left));
  return [...new Set(errors.map(sentence))];
}

function compile(route: Route, body: Record<string, unknown>): ValidateFunction {
  const validate = ajv.compile({ ...body, schemas: document.schemas, parts: document.parts });
  validators.set(route, validate);
  return validate;
}

function depth(error: ErrorObject): number {
  return error.instancePath.split('/').length;
}

function sentence(error: ErrorObject): string {
  const where = `body${error.instancePath.replaceAll('/', '.')}`;
  const extra: unknown = error.params['additionalProperty'];
  if (typeof extra === 'string') return `"${where}" must not have the property "${extra}"`;
  const allowed: unknown = error.params['allowedValues'];
  const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return `"${where}" ${error.message ?? 'is not valid'}${values}`;
}
