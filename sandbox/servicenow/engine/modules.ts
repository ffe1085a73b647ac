import { type Node, type Program, parse } from 'acorn';

/** The platform's engine in ES2021 mode. */
const ECMA_VERSION = 2021;

/** A script that the platform's engine would refuse. */
export class ScriptRefused extends Error {
  constructor(name: string, cause: unknown) {
    super(
      `The platform's engine (ES2021) refuses ${name}: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
    this.name = 'ScriptRefused';
  }
}

/** Throws `ScriptRefused` when the text is not a script of ES2021. */
export function checkScript(name: string, source: string): void {
  parseAs(name, source, 'script');
}

/**
 * Turns an ES module into the body of a function of `exports` and `require`, with live exports.
 * Throws `ScriptRefused` when the text is not a module of ES2021.
 */
export function moduleToFunction(name: string, source: string): string {
  const program = parseAs(name, source, 'module');
  const head: string[] = [];
  let body = '';
  let at = 0;
  for (const statement of program.body) {
    const replaced = replacement(statement, source, head);
    if (replaced === undefined) continue;
    body += source.slice(at, statement.start) + replaced;
    at = statement.end;
  }
  body += source.slice(at);
  return `(function (exports, require) {"use strict";${head.join('')}${body}\n})`;
}

function parseAs(name: string, source: string, sourceType: 'script' | 'module'): Program {
  try {
    return parse(source, { ecmaVersion: ECMA_VERSION, sourceType, allowReturnOutsideFunction: true });
  } catch (error) {
    throw new ScriptRefused(name, error);
  }
}

type Statement = Program['body'][number];

/** The text that takes the statement's place; undefined: it stays. Line breaks stay, so line numbers do. */
function replacement(statement: Statement, source: string, head: string[]): string | undefined {
  switch (statement.type) {
    case 'ImportDeclaration':
      return imports(statement, source);
    case 'ExportNamedDeclaration':
      return namedExports(statement, source, head);
    case 'ExportDefaultDeclaration':
      head.push(getter('default', '__default'));
      return `const __default = ${slice(statement.declaration, source)};`;
    case 'ExportAllDeclaration':
      return `Object.assign(exports, require(${slice(statement.source, source)}));`;
    default:
      return undefined;
  }
}

function imports(statement: Statement & { type: 'ImportDeclaration' }, source: string): string {
  const from = `require(${slice(statement.source, source)})`;
  if (statement.specifiers.length === 0) return `${from};`;
  const names: string[] = [];
  for (const specifier of statement.specifiers) {
    if (specifier.type === 'ImportNamespaceSpecifier') return `const ${specifier.local.name} = ${from};`;
    const imported =
      specifier.type === 'ImportDefaultSpecifier' ? 'default' : slice(specifier.imported, source);
    names.push(`${imported}: ${specifier.local.name}`);
  }
  return `const { ${names.join(', ')} } = ${from};`;
}

function namedExports(
  statement: Statement & { type: 'ExportNamedDeclaration' },
  source: string,
  head: string[],
): string {
  const { declaration } = statement;
  if (declaration !== null && declaration !== undefined) {
    const names =
      declaration.type === 'VariableDeclaration'
        ? declaration.declarations.flatMap((one) => (one.id.type === 'Identifier' ? [one.id.name] : []))
        : [declaration.id.name];
    for (const name of names) head.push(getter(name, name));
    return slice(declaration, source);
  }
  const from = statement.source;
  for (const specifier of statement.specifiers) {
    const local = slice(specifier.local, source);
    const target = from === null || from === undefined ? local : `require(${slice(from, source)}).${local}`;
    head.push(getter(slice(specifier.exported, source), target));
  }
  return '';
}

function getter(exported: string, expression: string): string {
  return `Object.defineProperty(exports, '${exported}', { enumerable: true, get: () => ${expression} });`;
}

function slice(node: Node, source: string): string {
  return source.slice(node.start, node.end);
}
