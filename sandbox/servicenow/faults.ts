import * as z from 'zod';
import type { Row } from './state/row.ts';

const match = z
  .union([z.string(), z.object({ method: z.string().optional(), path: z.string().optional() })])
  .optional();
const mode = z.enum(['reset', 'hang']).default('reset');
const common = { times: z.number().int().positive().optional(), match };

/**
 * A fault to switch on. `times` limits how often it strikes. `match` is a text that "METHOD /path" contains,
 * or a method and the beginning of a path.
 */
export const faultSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('latency'), ms: z.number().min(0), ...common }),
  z.object({ kind: z.literal('429'), retryAfterSeconds: z.number().int().min(0).default(1), ...common }),
  z.object({ kind: z.literal('500'), ...common }),
  z.object({ kind: z.literal('503'), retryAfterSeconds: z.number().int().min(0).optional(), ...common }),
  z.object({ kind: z.literal('401'), ...common }),
  z.object({ kind: z.literal('html'), ...common }),
  z.object({ kind: z.literal('timeout-before-effect'), mode, ...common }),
  z.object({ kind: z.literal('timeout-after-effect'), mode, ...common }),
  z.object({ kind: z.literal('abort'), rule: z.string().default('Sandbox: refuse the write'), ...common }),
  z.object({ kind: z.literal('outbound-throws'), ...common }),
  z.object({ kind: z.literal('outbound-refused'), ...common }),
  z.object({ kind: z.literal('outbound-timeout'), ...common }),
  z.object({ kind: z.literal('dropped-fields'), fields: z.array(z.string()), ...common }),
  z.object({ kind: z.literal('acl-trim'), every: z.number().int().min(1).default(2), ...common }),
  z.object({
    kind: z.literal('async-disorder'),
    minMs: z.number().min(0).default(0),
    maxMs: z.number().min(0).default(200),
    ...common,
  }),
]);

/** A fault as a caller may write it, with defaults left out. */
export type FaultInput = z.input<typeof faultSchema>;
export type Fault = z.output<typeof faultSchema>;
type Kind = Fault['kind'];
type Active = { readonly id: number; readonly fault: Fault; left: number };

/** The switchboard of faults of one stand-in. */
export class Faults {
  #active: Active[] = [];
  #lastId = 0;

  /** Switches a fault on; returns its id. Throws when the fault is malformed. */
  add(input: FaultInput): number {
    const fault = faultSchema.parse(input);
    this.#lastId += 1;
    this.#active.push({ id: this.#lastId, fault, left: fault.times ?? Number.POSITIVE_INFINITY });
    return this.#lastId;
  }

  remove(id: number): void {
    this.#active = this.#active.filter((active) => active.id !== id);
  }

  /** Switches off every fault, or those of one kind. */
  clear(kind?: string): void {
    this.#active = kind === undefined ? [] : this.#active.filter((active) => active.fault.kind !== kind);
  }

  list(): { id: number; fault: Fault; left: number | undefined }[] {
    return this.#active.map(({ id, fault, left }) => ({
      id,
      fault,
      left: Number.isFinite(left) ? left : undefined,
    }));
  }

  /** The fault of one of these kinds that strikes this request, counted down; the oldest goes first. */
  strike(kinds: readonly Kind[], method: string, path: string): Fault | undefined {
    return this.#take((fault) => kinds.includes(fault.kind) && hits(fault, method, path));
  }

  /** The fields that this write loses. */
  droppedFields(): string[] {
    const fault = this.#take((candidate) => candidate.kind === 'dropped-fields');
    return fault?.kind === 'dropped-fields' ? fault.fields : [];
  }

  /** Removes every n-th row of a page, as access rules do after the page was cut. */
  trim(page: Row[]): Row[] {
    const fault = this.#take((candidate) => candidate.kind === 'acl-trim');
    if (fault?.kind !== 'acl-trim') return page;
    return page.filter((_, index) => (index + 1) % fault.every !== 0);
  }

  /** The delay window of asynchronous work while its order is disturbed. */
  disorder(): { minMs: number; maxMs: number } | undefined {
    const fault = this.#take((candidate) => candidate.kind === 'async-disorder');
    return fault?.kind === 'async-disorder' ? { minMs: fault.minMs, maxMs: fault.maxMs } : undefined;
  }

  #take(wanted: (fault: Fault) => boolean): Fault | undefined {
    const struck = this.#active.find((active) => wanted(active.fault));
    if (struck === undefined) return undefined;
    struck.left -= 1;
    if (struck.left <= 0) this.remove(struck.id);
    return struck.fault;
  }
}

function hits(fault: Fault, method: string, path: string): boolean {
  if (fault.match === undefined) return true;
  if (typeof fault.match === 'string') return `${method} ${path}`.includes(fault.match);
  if (fault.match.method !== undefined && fault.match.method.toUpperCase() !== method) return false;
  return fault.match.path === undefined || path.startsWith(fault.match.path);
}
