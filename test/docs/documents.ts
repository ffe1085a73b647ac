import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** A document: its path from the root of the repository, and its text. */
export type Document = { readonly name: string; readonly text: string };

/** What a reader finds as code: inline, or a line of a block that a shell is to run. */
export type Code = { readonly text: string; readonly isCommand: boolean };

const PLACES = [
  '*.md',
  'docs/**/*.md',
  'gitlab/README.md',
  'portal/README.md',
  'servicenow-app/README.md',
  'sandbox/*/README.md',
];

/** Every document for users, operators and contributors. */
export function readDocuments(): Document[] {
  return globSync(PLACES, { cwd: ROOT })
    .toSorted()
    .map((name) => ({ name, text: read(name) }));
}

export function read(name: string): string {
  return readFileSync(path.join(ROOT, name), 'utf8');
}

/** The code of a document. Blocks in other languages than a shell's are examples, and not looked into. */
export function codeOf({ text }: Document): Code[] {
  const found: Code[] = [];
  let block: string | undefined;
  for (const line of text.split('\n')) {
    const fence = /^\s*```(\w*)/.exec(line);
    if (fence !== null) block = block === undefined ? (fence[1] ?? '') : undefined;
    else if (block === 'sh' || (block === undefined && /^ {4}\S/.test(line)))
      found.push({ text: line.replace(/(^|\s)# .*$/, ''), isCommand: true });
    else if (block === undefined)
      for (const [, code = ''] of line.matchAll(/`([^`]+)`/g)) found.push({ text: code, isCommand: false });
  }
  return found;
}

/** The targets of a document's links and pictures. */
export function linksOf({ text }: Document): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
}

/** The places in a document that a link may name, as GitHub and GitLab make them of its headings. */
export function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/** Whether the path exists, from the root or from the document's own folder. Placeholders stand for any name. */
export function exists(document: Document, mentioned: string): boolean {
  const pattern = mentioned.replaceAll(/<[^>]*>|\{[^}]*\}|…/g, '*').replace(/\/$/, '');
  return [ROOT, path.join(ROOT, path.dirname(document.name))].some((from) =>
    pattern.includes('*')
      ? globSync(pattern, { cwd: from, exclude: isForeign }).length > 0
      : existsSync(path.join(from, pattern)),
  );
}

/** The names of all files, without their folders. */
export function fileNames(): ReadonlySet<string> {
  const files = globSync(
    ['*', '.*', '{bridge,queue,sandbox,stage,test,tools,bench,portal,gitlab,docs,servicenow-app}/**'],
    {
      cwd: ROOT,
      exclude: isForeign,
    },
  );
  return new Set(files.map((file) => path.basename(file)));
}

function isForeign(name: string): boolean {
  return ['node_modules', 'dist', 'target', '.git'].includes(path.basename(name));
}
