import {
  type Definition,
  isKept,
  type Json,
  type Kind,
  objectIn,
  type Wanted,
  withoutPortsOwn,
} from './definition.ts';
import { type Difference, differences, type Openness } from './differences.ts';
import type { LeftOut } from './files.ts';

/** A definition as Port has it now. `forbidden`: the credentials may not look. */
export type Current = Definition | 'none' | 'forbidden';

/**
 * What is to be done about one definition. `foreign`: somebody else made it. `left`: it is the organisation's to say,
 * or not asked for.
 */
export type Step = {
  readonly kind: Kind;
  readonly identifier: string;
  readonly outcome: 'create' | 'change' | 'same' | 'foreign' | 'left' | 'forbidden';
  readonly differences: readonly Difference[];
  readonly reason?: string;
  /** What is sent, where something is. */
  readonly body?: Definition;
  readonly wanted?: Wanted;
};

export type Asked = {
  readonly wanted: Wanted;
  readonly current: Current;
  /** It is to be taken over, whoever made it. */
  readonly isAdopted: boolean;
  /** Of permissions: what becomes of their action. */
  readonly action?: Step['outcome'];
  /** Of permissions: somebody said in the settings who may approve. */
  readonly isSaid: boolean;
};

/** What is to be done about one definition. */
export function planOne(asked: Asked): Step {
  const { wanted, current } = asked;
  const { kind, identifier } = wanted;
  const step = { kind, identifier, wanted, differences: [] };
  if (current === 'forbidden') return { ...step, outcome: 'forbidden' };
  if (kind === 'permissions') return planPermissions(asked, current);
  if (current === 'none') return { ...step, outcome: 'create', body: wanted.body };
  if (wanted.isOnce) return { ...step, outcome: 'same' };
  const found = differences(wanted.body, current, OPENNESS[kind]);
  if (!isKept(kind, current) && !asked.isAdopted) {
    const reason = `Changebridge did not make it. --adopt ${identifier} takes it over`;
    return { ...step, outcome: 'foreign', differences: found, reason };
  }
  if (found.length === 0) return { ...step, outcome: 'same' };
  const body = kind === 'blueprint' ? merged(wanted.body, current) : wanted.body;
  return { ...step, outcome: 'change', differences: found, body };
}

/** The step of a file that is not applied. */
export function planLeftOut({ kind, identifier, reason }: LeftOut): Step {
  return { kind, identifier, outcome: 'left', differences: [], reason };
}

/**
 * Who may run an action is set once, when it is made, and whenever the settings say it. What the organisation chose
 * stays, but for Port's own default: everybody.
 */
function planPermissions({ wanted, action, isSaid }: Asked, current: Definition | 'none'): Step {
  const { kind, identifier, body } = wanted;
  const step = { kind, identifier, wanted, differences: [] };
  if (action === 'create') return { ...step, outcome: 'create', body };
  if (current === 'none' || action === 'foreign' || action === 'forbidden')
    return { ...step, outcome: 'left', reason: 'its action is left alone' };
  const found = differences(body, current, () => true);
  // An empty list counts here: whoever else is in it may run the action.
  const lists = listsOf(body).flatMap(([path, to]) => {
    const from = at(current, path);
    return to.length === 0 && Array.isArray(from) && from.length > 0
      ? [{ path: path.join('.'), from, to }]
      : [];
  });
  const all = [...found, ...lists];
  if (all.length === 0) return { ...step, outcome: 'same' };
  if (isSaid || isForEverybody(current)) return { ...step, outcome: 'change', differences: all, body };
  return { ...step, outcome: 'left', reason: 'PORT_APPROVERS is not set: who may run it stays as it is' };
}

function isForEverybody(current: Definition): boolean {
  const roles = at(current, ['execute', 'roles']);
  return Array.isArray(roles) && roles.includes('Member');
}

function listsOf(body: Definition): [path: string[], value: Json[]][] {
  return Object.entries(body).flatMap(([name, inner]) =>
    Object.entries(objectIn(inner)).flatMap(([member, value]): [string[], Json[]][] =>
      Array.isArray(value) ? [[[name, member], value]] : [],
    ),
  );
}

function at(from: Definition, [name = '', member = '']: readonly string[]): Json | undefined {
  return objectIn(from[name])[member];
}

/** The members of a blueprint under which others may keep theirs beside ours. */
const SHARED = ['schema', 'relations', 'mirrorProperties', 'calculationProperties', 'aggregationProperties'];

const atTheTop: Openness = (path) => path.length === 0;
const OPENNESS: Record<Kind, Openness> = {
  blueprint: (path) =>
    path.length === 0 ||
    (path.length === 1 && SHARED.includes(path[0] ?? '')) ||
    path.join('.') === 'schema.properties',
  action: atTheTop,
  automation: atTheTop,
  scorecard: atTheTop,
  permissions: () => true,
  page: () => true,
};

/** Ours over what is there: a blueprint is replaced as a whole, and others' properties have to stay. */
function merged(ours: Definition, current: Definition): Definition {
  const both = SHARED.flatMap((name): [string, Json][] => {
    const inner = together(objectIn(current[name]), objectIn(ours[name]));
    return Object.keys(inner).length === 0 && !(name in ours) ? [] : [[name, inner]];
  });
  return { ...withoutPortsOwn(current), ...ours, ...Object.fromEntries(both) };
}

function together(theirs: Definition, ours: Definition): Definition {
  const properties = {
    ...objectIn(theirs['properties']),
    ...objectIn(ours['properties']),
  };
  const required = [theirs['required'], ours['required']].flatMap((each) =>
    Array.isArray(each) ? each : [],
  );
  const isSchema = 'properties' in ours && 'required' in ours;
  return isSchema
    ? { ...theirs, ...ours, properties, required: [...new Set(required)] }
    : { ...theirs, ...ours };
}
