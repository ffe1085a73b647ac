import { z } from 'zod';

const regex = z.string().refine(isRegex, 'must be a regular expression');
const common = {
  /** How often the fault strikes before it is used up. */
  times: z.number().int().positive().default(1),
  /** Regular expression over `METHOD /v1/path?query`; for drop-webhook over the action's identifier. */
  match: regex.optional(),
};
const holdMs = z.number().positive().optional();

export const faultInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('latency'), ms: z.number().nonnegative(), ...common }),
  z.strictObject({
    kind: z.literal('429'),
    reset: z.number().nonnegative().default(1),
    format: z.enum(['seconds', 'epoch']).default('seconds'),
    ...common,
  }),
  z.strictObject({ kind: z.literal('500'), ...common }),
  z.strictObject({ kind: z.literal('timeout-before-effect'), holdMs, ...common }),
  z.strictObject({ kind: z.literal('timeout-after-effect'), holdMs, ...common }),
  z.strictObject({ kind: z.literal('html'), ...common }),
  z.strictObject({
    kind: z.literal('partial'),
    identifiers: z.array(z.string()).min(1),
    statusCode: z.number().int().default(500),
    error: z.string().default('internal_error'),
    message: z.string().default('The entity could not be written'),
    ...common,
  }),
  z.strictObject({ kind: z.literal('expired-token'), ...common }),
  z.strictObject({ kind: z.literal('drop-webhook'), ...common }),
]);
export type FaultInput = z.input<typeof faultInput>;
export type Fault = z.output<typeof faultInput>;
type FaultOf<K extends Fault['kind']> = Extract<Fault, { kind: K }>;

/** Faults waiting to strike. Each strikes `times` times, in the order in which they were added. */
export interface Faults {
  add(fault: FaultInput): void;
  clear(): void;
  list(): Fault[];
  /** Uses up one strike of the first fault of this kind that matches `subject`. */
  take<K extends Fault['kind']>(kind: K, subject: string): FaultOf<K> | undefined;
}

export function createFaults(): Faults {
  let waiting: Fault[] = [];
  return {
    add(fault) {
      waiting.push(faultInput.parse(fault));
    },
    clear() {
      waiting = [];
    },
    list: () => waiting.map((fault) => ({ ...fault })),
    take(kind, subject) {
      for (const fault of waiting) {
        if (!isKind(fault, kind) || !matches(fault, subject)) continue;
        fault.times -= 1;
        waiting = waiting.filter((each) => each.times > 0);
        return { ...fault };
      }
      return undefined;
    },
  };
}

function isKind<K extends Fault['kind']>(fault: Fault, kind: K): fault is FaultOf<K> {
  return fault.kind === kind;
}

function matches(fault: Fault, subject: string): boolean {
  return fault.match === undefined || new RegExp(fault.match).test(subject);
}

function isRegex(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
