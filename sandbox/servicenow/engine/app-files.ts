import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import * as z from 'zod';
import type { Choice, Column } from '../state/dictionary.ts';
import type { Row } from '../state/row.ts';

/** One record of a built app, as its XML gives it. `names` has what a reference is called, beside its sys_id. */
export type AppRecord = { readonly table: string; readonly fields: Row; readonly names: Row };

/** One table of a built app, with its columns. */
export type AppTable = {
  readonly name: string;
  readonly label: string;
  readonly webService: boolean;
  readonly display: string | undefined;
  readonly columns: readonly Column[];
};

/** What the build made of an app. */
export type AppFiles = { readonly tables: readonly AppTable[]; readonly records: readonly AppRecord[] };

const parser = new XMLParser({
  ignoreAttributes: false,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  alwaysCreateTextNode: true,
});

const elementSchema = z.record(z.string(), z.unknown());
const fieldSchema = z.object({ '#text': z.string().default(''), '@_name': z.string().optional() });

/**
 * Reads every XML file below the directory. Throws when the directory is missing or holds no XML, or when a
 * file is neither a record update nor a table definition; the message names the file.
 */
export async function readAppFiles(directory: string): Promise<AppFiles> {
  const names = await readdir(directory, { recursive: true }).catch(() => []);
  const files = names.filter((name) => name.endsWith('.xml')).toSorted();
  if (files.length === 0) {
    throw new Error(`${directory} holds no built app. Run "npm run build -w servicenow-app" first.`);
  }
  const tables: AppTable[] = [];
  const records: AppRecord[] = [];
  for (const file of files) {
    const parsed = elementSchema.parse(parser.parse(await readFile(join(directory, file), 'utf8')));
    if (parsed['record_update'] !== undefined) records.push(...recordsOf(parsed['record_update']));
    else if (parsed['database'] !== undefined) tables.push(...tablesOf(parsed['database']));
    else throw new Error(`${file} is neither a record_update nor a database definition.`);
  }
  return { tables, records };
}

/** Records carry an action; what has none only groups them, as a list layout groups its columns. */
function recordsOf(group: unknown): AppRecord[] {
  const records: AppRecord[] = [];
  for (const [name, node] of Object.entries(elementSchema.parse(group))) {
    if (name.startsWith('@_') || name === '#text') continue;
    for (const one of Array.isArray(node) ? node : [node]) {
      const element = elementSchema.safeParse(one).data ?? {};
      const action = element['@_action'];
      if (action === undefined) records.push(...recordsOf(element));
      else if (action === 'INSERT_OR_UPDATE') {
        records.push({ table: name, ...fieldsOf(element) });
      }
    }
  }
  return records;
}

function fieldsOf(element: Record<string, unknown>): { fields: Row; names: Row } {
  const fields: Row = {};
  const names: Row = {};
  for (const [name, node] of Object.entries(element)) {
    if (name.startsWith('@_') || name === '#text') continue;
    const field = fieldSchema.safeParse(node);
    if (!field.success) continue;
    fields[name] = field.data['#text'];
    if (field.data['@_name'] !== undefined) names[name] = field.data['@_name'];
  }
  return { fields, names };
}

const attributesSchema = z.object({
  '@_name': z.string().default(''),
  '@_value': z.string().default(''),
  '@_label': z.string().default(''),
  '@_type': z.string().default('string'),
  '@_max_length': z.string().optional(),
  '@_default': z.string().optional(),
  '@_reference': z.string().optional(),
  '@_unique': z.string().optional(),
  '@_display': z.string().optional(),
  '@_ws_access': z.string().optional(),
  element: z.unknown().optional(),
  choice: z.unknown().optional(),
});
type Attributes = z.output<typeof attributesSchema>;

function elements(node: unknown): Attributes[] {
  if (node === undefined) return [];
  return (Array.isArray(node) ? node : [node]).map((one) => attributesSchema.parse(one));
}

function tablesOf(database: unknown): AppTable[] {
  return elements(elementSchema.parse(database)['element']).map((table) => ({
    name: table['@_name'],
    label: table['@_label'],
    webService: table['@_ws_access'] === 'true',
    display: table['@_display'],
    columns: elements(table.element).map(columnOf),
  }));
}

function columnOf(element: Attributes): Column {
  const reference = element['@_reference'];
  const choices = elements(element.choice).flatMap((list) => elements(list.element).map(choiceOf));
  return {
    name: element['@_name'],
    label: element['@_label'],
    type: element['@_type'],
    unique: element['@_unique'] === 'true',
    ...(reference === undefined ? {} : { reference }),
    ...(element['@_default'] === undefined ? {} : { defaultValue: element['@_default'] }),
    ...(element['@_max_length'] === undefined ? {} : { maxLength: Number(element['@_max_length']) }),
    ...(choices.length === 0 ? {} : { choices }),
  };
}

function choiceOf(element: Attributes): Choice {
  return { value: element['@_value'], label: element['@_label'] };
}
