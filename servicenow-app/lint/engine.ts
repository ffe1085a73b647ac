import { parseModule, walk, type Finding, type SyntaxNode } from './syntax.ts';

/**
 * What the platform's engine does not have, by name. Source: the JavaScript compatibility guide of the
 * ServiceNow SDK ("Caveats", "What Is NOT Supported").
 */
const FORBIDDEN_NAMES: ReadonlyMap<string, string> = new Map([
  ...names(
    'is disallowed by the engine',
    'Reflect WeakRef FinalizationRegistry SharedArrayBuffer Atomics eval',
  ),
  ...names(
    'belongs to Node.js',
    'process Buffer global require module exports __dirname __filename setImmediate clearImmediate',
  ),
  ...names(
    'belongs to browsers and Node.js',
    'window document navigator location fetch XMLHttpRequest localStorage sessionStorage console setTimeout setInterval clearTimeout clearInterval queueMicrotask structuredClone URL URLSearchParams TextEncoder TextDecoder atob btoa crypto performance AbortController Event EventTarget WebSocket Blob Headers Request Response',
  ),
  ...names(
    'is newer than the engine',
    'Iterator Temporal AsyncDisposableStack DisposableStack SuppressedError',
  ),
]);

const BUILT_INS = new Set([
  'Array',
  'RegExp',
  'Function',
  'Promise',
  'Error',
  'TypeError',
  'RangeError',
  'Map',
  'Set',
  'WeakMap',
  'Object',
  'String',
  'Number',
  'Date',
]);

const NEWER_METHODS = new Set([
  'findLast',
  'findLastIndex',
  'toSorted',
  'toReversed',
  'toSpliced',
  'groupBy',
  'isWellFormed',
  'toWellFormed',
  'fromAsync',
  'withResolvers',
]);

const ALLOWED_IMPORT = /^(\.{1,2}\/.+\.ts|@servicenow\/glide(\/[a-z_0-9]+)?)$/;

function names(reason: string, list: string): [string, string][] {
  return list.split(' ').map((name) => [name, `${name} ${reason}`]);
}

/** Every use of something that the platform refuses in a module under src/server. */
export function checkEngine(file: string, source: string): Finding[] {
  let tree: SyntaxNode;
  try {
    tree = parseModule(source);
  } catch (error) {
    return [{ file, line: 1, message: `The engine cannot read this module: ${String(error)}` }];
  }
  const findings: Finding[] = [];
  const declared = declaredNames(tree);
  walk(tree, (node, ancestors) => {
    for (const message of problemsOf(node, ancestors, declared))
      findings.push({ file, line: node.line, message });
  });
  return withoutRepeats(findings);
}

/** The key and the value of a shorthand property are one and the same text. */
function withoutRepeats(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

function problemsOf(node: SyntaxNode, ancestors: readonly SyntaxNode[], declared: Set<string>): string[] {
  return [
    nameProblem(node, ancestors[0], declared),
    functionProblem(node, ancestors),
    classProblem(node),
    callProblem(node),
    importProblem(node),
    regexProblem(node),
  ].filter((message) => message !== undefined);
}

function nameProblem(
  node: SyntaxNode,
  parent: SyntaxNode | undefined,
  declared: Set<string>,
): string | undefined {
  const name = node.text('name');
  if (node.type !== 'Identifier' || name === undefined || declared.has(name)) return undefined;
  if (!isReference(node, parent)) return undefined;
  return FORBIDDEN_NAMES.get(name);
}

/** Names after a dot and keys of properties stand for themselves, not for a global. */
function isReference(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined) return true;
  const named = ['MemberExpression', 'Property', 'MethodDefinition', 'PropertyDefinition'];
  if (!named.includes(parent.type) || parent.flag('computed')) return true;
  const slot = parent.type === 'MemberExpression' ? 'property' : 'key';
  return parent.get(slot)?.start !== node.start || parent.flag('shorthand');
}

function functionProblem(node: SyntaxNode, ancestors: readonly SyntaxNode[]): string | undefined {
  if (node.type === 'ForOfStatement' && node.flag('await')) return 'for await is disallowed by the engine';
  if (node.type === 'AwaitExpression' && !ancestors.some((each) => each.flag('async'))) {
    return 'await outside a function is not supported by the engine';
  }
  if (!node.type.includes('Function') || !node.flag('async')) return undefined;
  if (node.flag('generator')) return 'async generators are disallowed by the engine';
  if (ancestors[0]?.type === 'MethodDefinition') {
    return 'async methods in classes are disallowed by the engine: use an async arrow function in the method';
  }
  return undefined;
}

function classProblem(node: SyntaxNode): string | undefined {
  const isClass = node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
  const parent = isClass ? node.get('superClass')?.text('name') : undefined;
  if (parent !== undefined && BUILT_INS.has(parent)) return `${parent} cannot be subclassed on the engine`;
  const isMember = node.type === 'PropertyDefinition' || node.type === 'MethodDefinition';
  if (isMember && node.get('key')?.type === 'PrivateIdentifier' && !node.flag('static')) {
    return 'private members of instances are not supported by the engine';
  }
  if (node.type === 'BinaryExpression' && node.get('left')?.type === 'PrivateIdentifier') {
    return 'tests for private members are not supported by the engine';
  }
  return undefined;
}

function callProblem(node: SyntaxNode): string | undefined {
  if (node.type === 'ImportExpression') return 'import() is not supported by the engine: import at the top';
  if (node.type === 'MetaProperty' && node.get('meta')?.text('name') === 'import')
    return 'import.meta is not supported';
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined;
  const callee = node.get('callee');
  if (callee?.type === 'Identifier' && callee.text('name') === 'Function')
    return 'Function() is disallowed by the engine';
  const method = callee?.type === 'MemberExpression' ? callee.get('property')?.text('name') : undefined;
  if (method === undefined || !NEWER_METHODS.has(method)) return undefined;
  return `${method}() is newer than the engine`;
}

function importProblem(node: SyntaxNode): string | undefined {
  if (!/^(Import|ExportNamed|ExportAll)Declaration$/.test(node.type)) return undefined;
  const target = node.get('source')?.stringValue();
  if (target === undefined || ALLOWED_IMPORT.test(target)) return undefined;
  return `"${target}" cannot be imported on the platform: only ./name.ts and @servicenow/glide can`;
}

function regexProblem(node: SyntaxNode): string | undefined {
  const flags = node.type === 'Literal' ? node.regexFlags() : undefined;
  if (flags === undefined || !/[dv]/.test(flags)) return undefined;
  return 'the flags d and v of regular expressions are not supported by the engine';
}

function declaredNames(tree: SyntaxNode): Set<string> {
  const declared = new Set<string>();
  const add = (node: SyntaxNode | undefined): void => {
    const name = node?.type === 'Identifier' ? node.text('name') : undefined;
    if (name !== undefined) declared.add(name);
  };
  walk(tree, (node) => {
    if (node.type === 'VariableDeclarator' || node.type.startsWith('Class')) add(node.get('id'));
    if (node.type.startsWith('Import')) add(node.get('local'));
    if (!node.type.includes('Function')) return;
    add(node.get('id'));
    node.list('params').forEach(add);
  });
  return declared;
}
