import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const USAGE = `Cuts from Port's OpenAPI document what the stand-in of Port checks definitions against.

  node tools/port-openapi.ts <openapi.json>

The document is published at https://docs.port.io/openapi.yaml: turn it into JSON first.
`;
const TARGET = new URL('../sandbox/port/contract/openapi.json', import.meta.url);

/** The routes over definitions. Those over entities and runs the stand-in checks by itself. */
const ROUTES: readonly (readonly [path: string, ...methods: readonly string[]])[] = [
  ['/v1/blueprints', 'get', 'post'],
  ['/v1/blueprints/{identifier}', 'get', 'put', 'patch', 'delete'],
  ['/v1/actions', 'get', 'post'],
  ['/v1/actions/{action_identifier}', 'get', 'put', 'delete'],
  ['/v1/actions/{action_identifier}/permissions', 'get', 'patch'],
  ['/v1/blueprints/{blueprint_identifier}/scorecards', 'get', 'post'],
  ['/v1/blueprints/{blueprint_identifier}/scorecards/{scorecard_identifier}', 'get', 'put', 'delete'],
  ['/v1/pages', 'get'],
  ['/v1/pages/{identifier}', 'get', 'delete'],
];

/** Members of a schema that say nothing about what is valid. */
const SAYS_NOTHING = new Set(['title', 'description', 'example', 'examples', 'default', 'style', 'explode']);
/** Parts at least this long (characters) that occur more than once are written once. */
const WORTH_A_NAME = 200;

type Json = z.output<ReturnType<typeof z.json>>;
const operation = z.object({
  security: z.array(z.object({ bearer: z.array(z.string()) })).default([]),
  parameters: z
    .array(
      z.object({ in: z.string(), name: z.string(), required: z.boolean().default(false), schema: z.json() }),
    )
    .default([]),
  requestBody: z
    .object({ content: z.object({ 'application/json': z.object({ schema: z.json() }) }) })
    .optional(),
});
const document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.unknown())),
  components: z.object({ schemas: z.record(z.string(), z.json()) }),
});

function main(file: string): void {
  const { paths, components } = document.parse(JSON.parse(readFileSync(file, 'utf8')));
  const routes = ROUTES.flatMap(([path, ...methods]) =>
    methods.map((method): Json => {
      const { security, parameters, requestBody } = operation.parse(paths[path]?.[method]);
      const query = parameters.filter((each) => each.in === 'query');
      return {
        method: method.toUpperCase(),
        path,
        scopes: security.flatMap(({ bearer }) => bearer),
        query: query.map(({ name, required, schema }) => ({ name, required, schema: cut(schema) })),
        ...(requestBody === undefined ? {} : { body: cut(requestBody.content['application/json'].schema) }),
      };
    }),
  );
  const schemas = Object.entries(components.schemas).map(([name, schema]): [string, Json] => [
    name,
    cut(schema),
  ]);
  writeFileSync(TARGET, lines(shared({ routes, schemas: Object.fromEntries(schemas) })));
}

/** The schema without what says nothing. The names of properties are not members of a schema. */
function cut(schema: Json, areNames = false): Json {
  if (Array.isArray(schema)) return schema.map((each) => cut(each));
  if (typeof schema !== 'object' || schema === null) return schema;
  const members = Object.entries(schema).filter(([name]) => areNames || !SAYS_NOTHING.has(name));
  return Object.fromEntries(members.map(([name, value]) => [name, cut(value, isMapOf(name, areNames))]));
}

/** The same with every longer schema that occurs more than once under `parts`, and references to it. */
function shared(whole: Record<string, Json>): Record<string, Json> {
  const counts = new Map<string, number>();
  walk(whole, (text) => counts.set(text, (counts.get(text) ?? 0) + 1));
  const names = new Map<string, string>();
  const parts: Record<string, Json> = {};
  const inner = (node: Json, isMap: boolean): Json => {
    if (Array.isArray(node)) return node.map((each) => replaced(each, false));
    if (typeof node !== 'object' || node === null) return node;
    const members = Object.entries(node).map(([name, each]) => [name, replaced(each, isMapOf(name, isMap))]);
    return Object.fromEntries(members);
  };
  const replaced = (node: Json, isMap: boolean): Json => {
    const text = isMap ? '' : JSON.stringify(node);
    if (text.length < WORTH_A_NAME || Array.isArray(node) || (counts.get(text) ?? 0) < 2)
      return inner(node, isMap);
    const known = names.get(text) ?? `p${names.size + 1}`;
    if (!names.has(text)) {
      names.set(text, known);
      parts[known] = inner(node, false);
    }
    return { $ref: `#/parts/${known}` };
  };
  return {
    ...Object.fromEntries(Object.entries(whole).map(([name, each]) => [name, inner(each, true)])),
    parts,
  };
}

/** Tells of every schema, as text. */
function walk(node: Json, tell: (text: string) => void, isMap = true): void {
  if (typeof node !== 'object' || node === null) return;
  if (!isMap && !Array.isArray(node)) tell(JSON.stringify(node));
  for (const [name, each] of Object.entries(node)) walk(each, tell, isMapOf(name, isMap));
}

/** The members of a map are schemas, but it is none: a reference in it would be one more member. */
function isMapOf(name: string, isInMap: boolean): boolean {
  return !isInMap && name === 'properties';
}

/** JSON with one line for each route, schema and part: short, and still readable in a diff. */
function lines(whole: Record<string, Json>): string {
  const groups = Object.entries(whole).map(([name, group]) => {
    const [open, close] = Array.isArray(group) ? '[]' : '{}';
    const members = Array.isArray(group)
      ? group.map((each) => JSON.stringify(each))
      : Object.entries(group ?? {}).map(([key, each]) => `${JSON.stringify(key)}: ${JSON.stringify(each)}`);
    return `  ${JSON.stringify(name)}: ${open}\n    ${members.join(',\n    ')}\n  ${close}`;
  });
  const text = `{\n${groups.join(',\n')}\n}\n`;
  // Some references of the document itself point to where its schemas were.
  return text.replaceAll('#/components/schemas/', '#/schemas/');
}

const [file] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 1;
} else {
  main(file);
}
