import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Where the texts of the published guides lie: beside the checkout, unless PUBLISHED_GUIDES names another folder. */
const FOLDER = process.env['PUBLISHED_GUIDES'] ?? new URL('../../../shared/seeds', import.meta.url).pathname;

/** A guide as it was published: its definitions by identifier, and its pipeline. */
export type Guide = {
  readonly definition: (identifier: string, placeholders?: Readonly<Record<string, string>>) => object;
  readonly pipeline: (placeholders: Readonly<Record<string, string>>) => string;
};

/** The guide that has this heading; undefined, with a line that says so, where the texts are not there. */
export function publishedGuide(heading: string): Guide | undefined {
  const names = existsSync(FOLDER) ? readdirSync(FOLDER) : [];
  const text = names
    .map((name) => readFileSync(join(FOLDER, name), 'utf8'))
    .find((each) => each.includes(`# ${heading}\n`));
  if (text !== undefined) return guideOf(text);
  process.stdout.write(
    `Left out: the guide "${heading}" is not in ${FOLDER} (PUBLISHED_GUIDES names another).\n`,
  );
  return undefined;
}

const named = z.looseObject({ identifier: z.string() });

function guideOf(text: string): Guide {
  const definitions = blocksOf(text, 'json');
  const [pipeline = ''] = blocksOf(text, 'yaml');
  return {
    definition(identifier, placeholders = {}) {
      const found = definitions
        .map((block) => named.parse(JSON.parse(filled(block, placeholders))))
        .find((each) => each.identifier === identifier);
      if (found === undefined) throw new Error(`The guide has no definition ${identifier}.`);
      return found;
    },
    pipeline: (placeholders) => filled(pipeline, placeholders),
  };
}

/** The fenced blocks of a language, without the indentation that they share. */
function blocksOf(text: string, language: string): string[] {
  const fence = new RegExp(`^( *)\`\`\`${language}[^\\n]*\\n([\\s\\S]*?)^ *\`\`\` *$`, 'gm');
  return [...text.matchAll(fence)].map(([, indent = '', block = '']) =>
    block
      .split('\n')
      .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
      .join('\n'),
  );
}

/** Only what whoever follows the guide has to fill in themselves is replaced. */
function filled(text: string, placeholders: Readonly<Record<string, string>>): string {
  return Object.entries(placeholders).reduce((all, [name, value]) => all.replaceAll(name, value), text);
}
