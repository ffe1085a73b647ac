import { z } from 'zod';
import { cellSchema } from '../model/cell.ts';
import { sysIdSchema } from '../model/change.ts';
import { RequestRefused } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import type { Call } from './exchange.ts';

/** A table that a column refers to, and the columns by which people call its records. */
export type NamedTable = { readonly table: string; readonly by: readonly string[] };

/** What a name stands for: one record, several, none, or nobody may tell. */
export type Named =
  | { readonly kind: 'found'; readonly sysId: string }
  | { readonly kind: 'ambiguous' | 'unknown' | 'hidden' };

type Read = <T>(call: Call, schema: z.ZodType<T>) => Promise<T>;

/** How long (ms) a name that was found stands for the same record. */
const KEEP_MS = 5 * 60_000;
/** So many names are remembered. */
const MOST_NAMES = 1_000;

/** Finds the records that references are called by: ServiceNow keeps a sys_id in a reference, or nothing. */
export class ServiceNowNames {
  readonly #read: Read;
  readonly #clock: Clock;
  readonly #found = new Map<string, { readonly sysId: string; readonly until: number }>();

  constructor(read: Read, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /** The record of a table with this name, exactly. Throws UpstreamUnavailable and CredentialsRefused. */
  async find({ table, by }: NamedTable, name: string): Promise<Named> {
    if (sysIdSchema.safeParse(name).success) return { kind: 'found', sysId: name };
    // What separates the parts of an encoded query cannot be searched for.
    if (name.includes('^') || name.trim() === '') return { kind: 'unknown' };
    const place = `${table} ${name}`;
    const known = this.#found.get(place);
    if (known !== undefined && this.#clock() < known.until) return { kind: 'found', sysId: known.sysId };
    const named = await this.#search(table, by, name);
    if (named.kind === 'found') this.#keep(place, named.sysId);
    return named;
  }

  async #search(table: string, by: readonly string[], name: string): Promise<Named> {
    for (const column of by) {
      const params = new URLSearchParams({
        sysparm_query: `${column}=${name}`,
        sysparm_fields: `sys_id,${column}`,
        sysparm_limit: '10',
        sysparm_display_value: 'false',
      });
      const path = `/api/now/table/${table}?${params.toString()}`;
      const schema = z.object({ result: z.array(z.record(z.string(), cellSchema)) });
      try {
        const { result } = await this.#read({ method: 'GET', path, sideEffect: false }, schema);
        // A part of a query that ServiceNow does not know is left out: so each answer is compared.
        const exact = result.filter((row) => row[column] === name);
        const [only] = exact;
        if (exact.length > 1) return { kind: 'ambiguous' };
        const sysId = sysIdSchema.safeParse(only?.['sys_id']);
        if (sysId.success) return { kind: 'found', sysId: sysId.data };
      } catch (error) {
        if (error instanceof RequestRefused) return { kind: 'hidden' };
        throw error;
      }
    }
    return { kind: 'unknown' };
  }

  #keep(place: string, sysId: string): void {
    if (this.#found.size >= MOST_NAMES) this.#found.clear();
    this.#found.set(place, { sysId, until: this.#clock() + KEEP_MS });
  }
}
