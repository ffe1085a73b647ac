import { stripTypeScriptTypes } from 'node:module';
import { parse, type Node } from 'acorn';

/** One thing that must be changed; `line` counts from 1. */
export interface Finding {
  file: string;
  line: number;
  message: string;
}

/** A node of the syntax tree, read without knowing its type. */
export interface SyntaxNode {
  type: string;
  line: number;
  start: number;
  get(key: string): SyntaxNode | undefined;
  list(key: string): (SyntaxNode | undefined)[];
  text(key: string): string | undefined;
  flag(key: string): boolean;
  /** The value of a literal that is a string. */
  stringValue(): string | undefined;
  /** The flags of a literal that is a regular expression. */
  regexFlags(): string | undefined;
}

/**
 * The syntax tree of a TypeScript module, types removed. Throws a SyntaxError for syntax after
 * ECMAScript 2022, which is the newest that the platform's engine reads at all.
 */
export function parseModule(source: string): SyntaxNode {
  const plain = stripTypeScriptTypes(source, { mode: 'strip' });
  return wrap(parse(plain, { ecmaVersion: 2022, sourceType: 'module', locations: true }));
}

/** Calls `visit` for the node and everything below it, with the chain of its ancestors, nearest first. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
  ancestors: readonly SyntaxNode[] = [],
): void {
  visit(node, ancestors);
  for (const child of childrenOf(node)) walk(child, visit, [node, ...ancestors]);
}

const rawOf = new WeakMap<SyntaxNode, Record<string, unknown>>();

function childrenOf(node: SyntaxNode): SyntaxNode[] {
  const children: SyntaxNode[] = [];
  for (const value of Object.values(rawOf.get(node) ?? {})) {
    for (const item of Array.isArray(value) ? value : [value]) {
      const child = asNode(item);
      if (child !== undefined) children.push(child);
    }
  }
  return children;
}

function wrap(raw: Node): SyntaxNode {
  const fields: Record<string, unknown> = { ...raw };
  const node: SyntaxNode = {
    type: raw.type,
    line: raw.loc?.start.line ?? 0,
    start: raw.start,
    get: (key) => asNode(fields[key]),
    list: (key) => (Array.isArray(fields[key]) ? fields[key].map(asNode) : []),
    text: (key) => (typeof fields[key] === 'string' ? fields[key] : undefined),
    flag: (key) => fields[key] === true,
    stringValue: () => stringOf(raw.type, fields['value']),
    regexFlags: () => flagsOf(fields['regex']),
  };
  rawOf.set(node, fields);
  return node;
}

function stringOf(type: string, value: unknown): string | undefined {
  return type === 'Literal' && typeof value === 'string' ? value : undefined;
}

function flagsOf(regex: unknown): string | undefined {
  const isRegex = typeof regex === 'object' && regex !== null && 'flags' in regex;
  return isRegex && typeof regex.flags === 'string' ? regex.flags : undefined;
}

function asNode(value: unknown): SyntaxNode | undefined {
  return isNode(value) ? wrap(value) : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value && 'end' in value;
}
