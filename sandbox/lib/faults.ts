import { Hono } from 'hono';
import { z } from 'zod';

/** One misbehaviour that a stand-in shows on request. */
export type Fault<Kind extends string> = {
  id: number;
  kind: Kind;
  /** How many more times it strikes; `null`: until it is removed. */
  timesLeft: number | null;
  /** It strikes only where the subject ("POST /api/…", a job's name) contains this text. */
  match?: string | undefined;
  /** For delays: milliseconds. */
  ms?: number | undefined;
  /** For a missing answer: reset the connection (default) or keep it open for ever. */
  mode?: 'reset' | 'hang' | undefined;
};

export type FaultRequest<Kind extends string> = Pick<Fault<Kind>, 'kind' | 'match' | 'ms' | 'mode'> & {
  times?: number | undefined;
};

/** The faults that are switched on. The newest does not hide an older one: the oldest that fits strikes first. */
export class FaultSwitch<Kind extends string> {
  readonly kinds: readonly Kind[];
  #faults: Fault<Kind>[] = [];
  #nextId = 1;

  constructor(kinds: readonly Kind[]) {
    this.kinds = kinds;
  }

  /** Switches a fault on; without `times` it stays until it is removed. */
  add(request: FaultRequest<Kind>): Fault<Kind> {
    const { times, ...rest } = request;
    const fault = { id: this.#nextId++, timesLeft: times ?? null, ...rest };
    this.#faults.push(fault);
    return fault;
  }

  /** The fault of one of these kinds that strikes this subject now, counted down; or undefined. */
  take(subject: string, ...kinds: Kind[]): Fault<Kind> | undefined {
    const fault = this.#faults.find(
      (one) => kinds.includes(one.kind) && (one.match === undefined || subject.includes(one.match)),
    );
    if (fault === undefined) return undefined;
    if (fault.timesLeft !== null) fault.timesLeft -= 1;
    if (fault.timesLeft === 0) this.#faults = this.#faults.filter((one) => one !== fault);
    return fault;
  }

  list(): readonly Fault<Kind>[] {
    return this.#faults;
  }

  /** Switches off every fault, or those of one kind. */
  clear(kind?: Kind): void {
    this.#faults = kind === undefined ? [] : this.#faults.filter((one) => one.kind !== kind);
  }

  /** Routes to mount at `/_sandbox/faults`: GET lists, POST adds, DELETE (`?kind=`) removes. */
  routes(): Hono {
    const body = z.strictObject({
      kind: z.enum(this.kinds),
      times: z.int().positive().optional(),
      match: z.string().optional(),
      ms: z.int().nonnegative().max(600_000).optional(),
      mode: z.enum(['reset', 'hang']).optional(),
    });
    const app = new Hono();
    app.get('/', (c) => c.json({ kinds: this.kinds, faults: this.list() }));
    app.post('/', async (c) => {
      const parsed = body.safeParse(await c.req.json().catch(() => undefined));
      if (!parsed.success) return c.json({ error: z.prettifyError(parsed.error) }, 400);
      return c.json(this.add(parsed.data), 201);
    });
    app.delete('/', (c) => {
      const kind = z.enum(this.kinds).optional().safeParse(c.req.query('kind'));
      if (!kind.success) return c.json({ error: z.prettifyError(kind.error) }, 400);
      this.clear(kind.data);
      return c.body(null, 204);
    });
    return app;
  }
}
