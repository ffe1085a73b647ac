import { Hono } from 'hono';
import { z } from 'zod';

const common = {
  /** How often it strikes. Left out: as the switch says. */
  times: z.int().positive().optional(),
  /** A regular expression: it strikes only where its subject ("POST /api/…?query", a job's name) fits. */
  match: z.string().refine(isRegex, 'must be a regular expression').optional(),
};

/** What all faults have in common; a kind adds its own fields. */
export type AnyFault = {
  kind: string;
  times?: number | undefined;
  match?: string | undefined;
  /** For delays: milliseconds. */
  ms?: number;
  /** For a missing answer: reset the connection, or keep it open. */
  mode?: 'reset' | 'hang';
  /** For a connection that is kept open: how long, in milliseconds; left out: until the caller gives up. */
  holdMs?: number | undefined;
};

type FaultKind = z.ZodObject<{ kind: z.ZodLiteral<string> } & typeof common>;
type FaultKinds = readonly [FaultKind, ...FaultKind[]];

/** Defines a kind of fault and the fields that it has besides `kind`, `times` and `match`. */
export function faultKind<Name extends string, Fields extends z.ZodRawShape>(kind: Name, fields: Fields) {
  return z.strictObject({ kind: z.literal(kind), ...common, ...fields });
}

type Fault<Kinds extends FaultKinds> = z.output<Kinds[number]> & AnyFault;
type Active<Kinds extends FaultKinds> = Fault<Kinds> & { readonly id: number; timesLeft: number | null };
type Kind<Kinds extends FaultKinds> = Fault<Kinds>['kind'];

export type SwitchOptions = {
  /** How often a fault strikes that does not say so; left out: until it is removed. */
  readonly times?: number;
  /** The status with which the system answers a malformed body. */
  readonly malformed?: 400 | 422;
};

/** The faults that are switched on. The newest does not hide an older one: the oldest that fits strikes first. */
export class FaultSwitch<const Kinds extends FaultKinds> {
  readonly kinds: readonly string[];
  readonly #schema: z.ZodDiscriminatedUnion<Kinds>;
  readonly #options: SwitchOptions;
  #active: Active<Kinds>[] = [];
  #nextId = 1;

  constructor(kinds: Kinds, options: SwitchOptions = {}) {
    this.kinds = kinds.map((each) => each.shape.kind.value);
    this.#schema = z.discriminatedUnion('kind', kinds);
    this.#options = options;
  }

  /** Switches a fault on. Throws a ZodError when it is malformed. */
  add(input: z.input<Kinds[number]>): Active<Kinds> {
    return this.#add(this.#schema.parse(input));
  }

  /** The fault of one of these kinds that strikes this subject now, counted down; or undefined. */
  take<K extends Kind<Kinds>>(
    subject: string,
    ...kinds: readonly K[]
  ): Extract<Active<Kinds>, { kind: K }> | undefined {
    const fault = this.strike(subject, kinds);
    return fault !== undefined && isOneOf(fault, kinds) ? fault : undefined;
  }

  /** The same for code that knows no more than what all faults have in common. */
  strike(subject: string, kinds: readonly string[]): Active<Kinds> | undefined {
    const fault = this.#active.find((one) => kinds.includes(one.kind) && fits(one, subject));
    if (fault === undefined) return undefined;
    if (fault.timesLeft !== null) fault.timesLeft -= 1;
    if (fault.timesLeft === 0) this.#active = this.#active.filter((one) => one !== fault);
    return fault;
  }

  list(): readonly Active<Kinds>[] {
    return this.#active;
  }

  /** Switches off every fault, or those of one kind. */
  clear(kind?: string): void {
    this.#active = kind === undefined ? [] : this.#active.filter((one) => one.kind !== kind);
  }

  /** Routes to mount at `/_sandbox/faults`: GET lists, POST adds, DELETE (`?kind=`) removes. */
  routes(): Hono {
    const malformed = this.#options.malformed ?? 400;
    const app = new Hono();
    app.get('/', (c) => c.json(this.#state()));
    app.post('/', async (c) => {
      const parsed = this.#schema.safeParse(await c.req.json().catch(() => undefined));
      if (!parsed.success) {
        return c.json({ error: z.prettifyError(parsed.error), kinds: this.kinds }, malformed);
      }
      this.#add(parsed.data);
      return c.json(this.#state(), 201);
    });
    app.delete('/', (c) => {
      const kind = c.req.query('kind');
      if (kind !== undefined && !this.kinds.includes(kind)) {
        return c.json({ error: `There is no fault "${kind}".`, kinds: this.kinds }, malformed);
      }
      this.clear(kind);
      return c.body(null, 204);
    });
    return app;
  }

  #add(fault: Fault<Kinds>): Active<Kinds> {
    const timesLeft = fault.times ?? this.#options.times ?? null;
    const active = { ...fault, id: this.#nextId++, timesLeft };
    this.#active.push(active);
    return active;
  }

  #state(): object {
    return { kinds: this.kinds, faults: this.#active };
  }
}

function isOneOf<F extends AnyFault, K extends string>(
  fault: F,
  kinds: readonly K[],
): fault is Extract<F, { kind: K }> {
  return kinds.some((kind) => kind === fault.kind);
}

function fits({ match }: AnyFault, subject: string): boolean {
  return match === undefined || new RegExp(match).test(subject);
}

function isRegex(source: string): boolean {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
}
