import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { invalid } from '../api/errors.ts';
import type { ActionInput, BlueprintInput, JsonObject } from './model.ts';

// RFC 3339 with a time zone: a bare "2026-11-21 09:00:00" is refused.
const DATE_TIME = /^\d{4}-\d\d-\d\d[tT\s]\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d(:?\d\d)?)$/i;
const ALSO_KNOWN = [
  'yaml',
  'markdown',
  'proto',
  'user',
  'team',
  'entity',
  'blueprints',
  'timer',
  'time',
  'multi-line',
];
const INPUT_KEYWORDS = [
  'type',
  'enum',
  'format',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'items',
];

const ajv = createAjv();
// Keyed by the blueprint or action object, which is replaced whenever its definition changes.
const compiled = new WeakMap<object, ValidateFunction>();

function createAjv(): Ajv {
  // Blueprints carry display keywords (icon, enumColors); strict mode would reject them.
  const instance = new Ajv({ strict: false, allErrors: true });
  instance.addFormat(
    'date-time',
    (value) => DATE_TIME.test(value) && !Number.isNaN(Date.parse(value.replace(/\s/, 'T'))),
  );
  instance.addFormat('url', (value) => URL.canParse(value));
  instance.addFormat('uri', (value) => URL.canParse(value));
  instance.addFormat('email', /^[^@\s]+@[^@\s]+\.[^@\s]+$/);
  instance.addFormat('idn-email', /^[^@\s]+@[^@\s]+$/);
  instance.addFormat('ipv4', /^(\d{1,3}\.){3}\d{1,3}$/);
  instance.addFormat('ipv6', /^[0-9a-f:.]+$/i);
  for (const name of ALSO_KNOWN) instance.addFormat(name, true);
  return instance;
}

/**
 * Checks an entity's properties against its blueprint: types, enums, formats, required ones, and no
 * property that the blueprint does not know.
 * @throws PortError 422 that names the first offending property
 */
export function checkProperties(blueprint: BlueprintInput, properties: JsonObject): void {
  const { properties: known, required } = blueprint.schema;
  check(validatorFor(blueprint, known, required), properties);
}

/** @throws PortError 422 when a blueprint's own JSON schema cannot be compiled */
export function checkBlueprint(blueprint: BlueprintInput): void {
  try {
    const schema = { type: 'object', properties: blueprint.schema.properties };
    ajv.compile(schema);
    ajv.removeSchema(schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalid(`The schema of blueprint "${blueprint.identifier}" is not valid: ${reason}`);
  }
}

/** Checks the inputs of a run against the action's user inputs. @throws PortError 422 */
export function checkInputs(action: ActionInput, properties: JsonObject): void {
  if (action.trigger.type !== 'self-service') throw invalid('An automation cannot be run by hand');
  const { properties: inputs, required: wanted } = action.trigger.userInputs;
  // Where a query says what is required, the form has to be asked: see `engine/form.ts`.
  const required = Array.isArray(wanted) ? wanted : [];
  const schemas = Object.entries(inputs).map(([name, input]) => [name, plainSchema(input)]);
  check(validatorFor(action, Object.fromEntries(schemas), required), properties);
}

/** What the portal's form pre-fills. */
export function inputDefaults(action: ActionInput): JsonObject {
  if (action.trigger.type !== 'self-service') return {};
  const entries = Object.entries(action.trigger.userInputs.properties)
    .map(([name, input]) => [name, input['default']])
    .filter(([, value]) => value !== undefined && !isJq(value));
  return Object.fromEntries(entries);
}

// Inputs may hold JQ objects where JSON Schema wants plain values; only plain keywords are checked.
function plainSchema(input: JsonObject): JsonObject {
  const plain = INPUT_KEYWORDS.filter((key) => key in input && !isJq(input[key])).map((key) => [
    key,
    input[key],
  ]);
  return Object.fromEntries(plain);
}

/** A value that is worked out when the form is shown. */
export function isJq(value: unknown): value is { jqQuery: string } {
  return (
    typeof value === 'object' && value !== null && 'jqQuery' in value && typeof value.jqQuery === 'string'
  );
}

function validatorFor(owner: object, properties: JsonObject, required: string[] = []): ValidateFunction {
  const known = compiled.get(owner);
  if (known !== undefined) return known;
  const schema = { type: 'object', properties, required, additionalProperties: false };
  const validate = ajv.compile(schema);
  ajv.removeSchema(schema);
  compiled.set(owner, validate);
  return validate;
}

function check(validate: ValidateFunction, value: unknown): void {
  if (validate(value)) return;
  const errors = validate.errors ?? [];
  const first = errors[0];
  throw invalid(first === undefined ? 'The properties are not valid' : sentence(first), {
    errors: errors.map((error) => ({ path: error.instancePath, message: sentence(error) })),
  });
}

function sentence(error: ErrorObject): string {
  const where = `properties${error.instancePath.replaceAll('/', '.')}`;
  const extra: unknown = error.params['additionalProperty'];
  if (typeof extra === 'string') return `"${where}" must not have the property "${extra}"`;
  const allowed: unknown = error.params['allowedValues'];
  const values = Array.isArray(allowed) ? `: ${allowed.join(', ')}` : '';
  return `"${where}" ${error.message ?? 'is not valid'}${values}`;
}
