import { valueOf, type Dictionary } from './dictionary.ts';
import { parseModule, walk, type Finding, type SyntaxNode } from './syntax.ts';

/**
 * The field names in an encoded query, such as `a=1^ORbVALCHANGES^EQ`. An operator that is not known
 * makes the name longer, so that it is found in no dictionary.
 */
export function fieldsOfQuery(query: string): string[] {
  return query
    .split('^')
    .map((part) => part.replace(/^(OR(?!DERBY)|NQ)/, ''))
    .map((part) => part.replace(/^ORDERBY(DESC)?/, ''))
    .filter((part) => part !== '' && part !== 'EQ')
    .map((part) => part.replace(OPERATION, ''));
}

const OPERATION =
  /(VALCHANGES|CHANGES(TO|FROM).*|ISEMPTY|ISNOTEMPTY|ANYTHING|STARTSWITH.*|ENDSWITH.*|NOT LIKE.*|LIKE.*|NOT IN.*|IN.*|BETWEEN.*|ON.*|(!=|>=|<=|=|>|<).*)$/;

/**
 * Conditions in the records of the application that name a field which their table does not have. The
 * platform ignores such a part without a word, so that a rule runs always or never.
 */
export function checkRecords(file: string, source: string, dictionary: Dictionary): Finding[] {
  const findings: Finding[] = [];
  walk(parseModule(source), (node) => {
    if (node.type !== 'CallExpression') return;
    for (const { table, query } of conditionsOf(node)) {
      for (const message of unknownFields(table, query, dictionary))
        findings.push({ file, line: node.line, message });
    }
  });
  return findings;
}

interface Condition {
  table: string;
  query: string;
}

function conditionsOf(call: SyntaxNode): Condition[] {
  const config = call.list('arguments')[0];
  const kind = call.get('callee')?.text('name');
  if (kind === 'BusinessRule') return condition(config, 'table', 'filterCondition');
  if (kind === 'Acl') return condition(config, 'table', 'condition');
  if (kind === 'Record' && valueOf(config, 'table')?.stringValue() === 'sys_app_module') {
    return condition(valueOf(config, 'data'), 'name', 'filter');
  }
  return [];
}

function condition(object: SyntaxNode | undefined, tableKey: string, queryKey: string): Condition[] {
  const table = valueOf(object, tableKey)?.stringValue();
  const query = valueOf(object, queryKey)?.stringValue();
  return table === undefined || query === undefined ? [] : [{ table, query }];
}

function unknownFields(table: string, query: string, dictionary: Dictionary): string[] {
  const known = dictionary.get(table);
  if (known === undefined)
    return [`The table ${table} of this condition is not in the dictionary of the lint`];
  return fieldsOfQuery(query)
    .filter((field) => !known.has(field))
    .map((field) => `${table} has no field "${field}", or its operator is not known`);
}

const FIELD_METHODS = new Set(['setValue', 'getValue', 'addQuery', 'orderBy', 'orderByDesc', 'isValidField']);

/** Field names in a script that no table of the dictionary has. */
export function checkScript(file: string, source: string, dictionary: Dictionary): Finding[] {
  const known = new Set([...dictionary.values()].flatMap((fields) => [...fields]));
  known.add('parm1').add('parm2');
  const findings: Finding[] = [];
  walk(parseModule(source), (node) => {
    if (node.type !== 'CallExpression') return;
    for (const field of fieldsNamedBy(node)) {
      if (!known.has(field))
        findings.push({ file, line: node.line, message: `No table has the field "${field}"` });
    }
  });
  return findings;
}

function fieldsNamedBy(call: SyntaxNode): string[] {
  const callee = call.get('callee');
  const [first, second] = call.list('arguments').map((each) => each?.stringValue());
  const method = callee?.get('property')?.text('name');
  if (method === 'addEncodedQuery' && first !== undefined) return fieldsOfQuery(first);
  if (method !== undefined && FIELD_METHODS.has(method) && first !== undefined) return [first];
  const helper = callee?.text('name');
  if (helper === 'textOf' && second !== undefined) return [second];
  if ((helper === 'firstRow' || helper === 'countRows') && second !== undefined) return fieldsOfQuery(second);
  return [];
}
