/** One condition: field, operator and operand, as written. */
export type Condition = { readonly field: string; readonly operator: string; readonly operand: string };

/** A parsed encoded query: any of `groups`, each all of its clauses, each any of its conditions. */
export type EncodedQuery = {
  readonly groups: readonly (readonly (readonly Condition[])[])[];
  readonly order: readonly { readonly field: string; readonly descending: boolean }[];
  /** Parts that were not understood; the platform ignores them. */
  readonly ignored: readonly string[];
};

/** How a query reads a record: values by field, and whether a field exists and is numeric. */
export type FieldReader = {
  value: (field: string) => string;
  /** The value before the write, for `VALCHANGES` and its kin; undefined when there is none. */
  previous?: (field: string) => string | undefined;
  numeric: (field: string) => boolean;
};

const OPERATORS = [
  'VALCHANGES',
  'CHANGESFROM',
  'CHANGESTO',
  'ISNOTEMPTY',
  'ISEMPTY',
  'EMPTYSTRING',
  'ANYTHING',
  'STARTSWITH',
  'ENDSWITH',
  'DOES NOT CONTAIN',
  'CONTAINS',
  'NOT LIKE',
  'NOTLIKE',
  'NOT IN',
  'BETWEEN',
  'LIKE',
  'IN',
  '!=',
  '>=',
  '<=',
  '=',
  '>',
  '<',
];
const CONDITION = new RegExp(`^([a-z][a-z0-9_.]*)(${OPERATORS.join('|')})(.*)$`, 's');
const ORDER = /^ORDERBY(DESC)?([a-z][a-z0-9_.]*)$/;

/**
 * Reads an encoded query. Parts that are malformed, and fields for which `known` says no, are ignored:
 * the platform does the same unless an administrator sets `glide.invalid_query.returns_no_rows`.
 */
export function parseEncodedQuery(text: string, known: (field: string) => boolean): EncodedQuery {
  const groups: Condition[][][] = [[]];
  const order: { field: string; descending: boolean }[] = [];
  const ignored: string[] = [];
  let droppedLast = false;
  for (const part of text.split('^')) {
    if (part === '' || part === 'EQ') continue;
    const ordering = ORDER.exec(part);
    if (ordering !== null) {
      const field = ordering[2] ?? '';
      if (known(field)) order.push({ field, descending: ordering[1] !== undefined });
      else ignored.push(part);
      continue;
    }
    const prefix = /^(NQ|OR)(?=[a-z])/.exec(part)?.[1];
    if (prefix === 'NQ') groups.push([]);
    const match = CONDITION.exec(part.slice(prefix?.length ?? 0));
    const field = match?.[1] ?? '';
    if (match === null || !known(field)) {
      ignored.push(part);
      droppedLast = true;
      continue;
    }
    const condition = { field, operator: match[2] ?? '', operand: match[3] ?? '' };
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (prefix === 'OR' && last !== undefined && !droppedLast) last.push(condition);
    else group?.push([condition]);
    droppedLast = false;
  }
  return { groups, order, ignored };
}

/** The fields that a query reads, ordering left out. */
export function queriedFields(query: EncodedQuery): string[] {
  return query.groups.flatMap((group) =>
    group.flatMap((clause) => clause.map((condition) => condition.field)),
  );
}

/** Does the record satisfy the query? An empty query matches everything. */
export function matchesQuery(query: EncodedQuery, reader: FieldReader): boolean {
  return query.groups.some((group) =>
    group.every((clause) => clause.some((condition) => holds(condition, reader))),
  );
}

/** Compares two records by the query's ordering. */
export function compareByQuery(query: EncodedQuery, a: FieldReader, b: FieldReader): number {
  for (const { field, descending } of query.order) {
    const result = compare(a.value(field), b.value(field), a.numeric(field));
    if (result !== 0) return descending ? -result : result;
  }
  return 0;
}

function compare(left: string, right: string, numeric: boolean): number {
  if (numeric) return Number(left) - Number(right);
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function holds({ field, operator, operand }: Condition, reader: FieldReader): boolean {
  const value = reader.value(field);
  const before = reader.previous?.(field);
  switch (operator) {
    case 'VALCHANGES':
      return before !== undefined && before !== value;
    case 'CHANGESTO':
      return before !== undefined && before !== value && value === operand;
    case 'CHANGESFROM':
      return before !== undefined && before !== value && before === operand;
    case '>':
    case '>=':
    case '<':
    case '<=':
      return value !== '' && ordered(operator, compare(value, operand, reader.numeric(field)));
    case 'BETWEEN':
      return between(value, operand, reader.numeric(field));
    default:
      return textHolds(operator, value.toLowerCase(), operand.toLowerCase());
  }
}

function ordered(operator: '>' | '>=' | '<' | '<=', result: number): boolean {
  if (operator === '>') return result > 0;
  if (operator === '>=') return result >= 0;
  return operator === '<' ? result < 0 : result <= 0;
}

function between(value: string, operand: string, numeric: boolean): boolean {
  const [low = '', high = ''] = operand.split('@');
  return value !== '' && compare(value, low, numeric) >= 0 && compare(value, high, numeric) <= 0;
}

/** Text comparison on a stock instance does not tell upper from lower case. */
function textHolds(operator: string, value: string, operand: string): boolean {
  switch (operator) {
    case '=':
      return value === operand;
    case '!=':
      return value !== operand;
    case 'IN':
      return operand.split(',').includes(value);
    case 'NOT IN':
      return !operand.split(',').includes(value);
    case 'LIKE':
    case 'CONTAINS':
      return value.includes(operand);
    case 'NOT LIKE':
    case 'NOTLIKE':
    case 'DOES NOT CONTAIN':
      return !value.includes(operand);
    case 'STARTSWITH':
      return value.startsWith(operand);
    case 'ENDSWITH':
      return value.endsWith(operand);
    case 'ISEMPTY':
    case 'EMPTYSTRING':
      return value === '';
    case 'ISNOTEMPTY':
      return value !== '';
    default:
      return operator === 'ANYTHING';
  }
}
