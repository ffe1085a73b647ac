import { z } from 'zod';
import type { Call } from './exchange.ts';
import { PortSession, type SessionOptions } from './port-session.ts';

const definition = z.record(z.string(), z.json());
/** A blueprint, an action, … as Port's API shows it. */
export type ShownDefinition = z.output<typeof definition>;

/** Where Port keeps a definition. Paths are below `/v1`, every variable part already encoded. */
export type DefinitionPlace = {
  readonly one: string;
  /** Where it is created; absent for what comes into being with something else. */
  readonly all?: string;
  /** The member of Port's answers that holds it. */
  readonly member: string;
  readonly update: 'PUT' | 'PATCH';
};

/**
 * The definitions that make up a portal. Every method may throw UpstreamUnavailable, CredentialsRefused and
 * RequestRefused; a create whose answer was lost is an OutcomeUnknown.
 */
export class PortDefinitions {
  readonly #session: PortSession;

  constructor(options: Omit<SessionOptions, 'connections'>) {
    this.#session = new PortSession({ ...options, connections: 4 });
  }

  /** Undefined where there is none. */
  async read({ one, member }: DefinitionPlace): Promise<ShownDefinition | undefined> {
    const call: Call = { method: 'GET', path: one, sideEffect: false };
    const answer = await this.#session.call(call);
    if (answer.status === 404) return undefined;
    const schema = z.object({ [member]: definition });
    return this.#session.upstream.parse(call, this.#session.checked(answer), schema)[member];
  }

  /** Every action and automation, in whichever form Port keeps it. */
  async actions(): Promise<ShownDefinition[]> {
    const call: Call = { method: 'GET', path: '/actions?version=v2', sideEffect: false };
    const answer = this.#session.checked(await this.#session.call(call));
    return this.#session.upstream.parse(call, answer, z.object({ actions: z.array(definition) })).actions;
  }

  async create({ all = '' }: DefinitionPlace, body: ShownDefinition): Promise<void> {
    await this.#send({ method: 'POST', path: all, json: body, sideEffect: true });
  }

  async update({ one, update }: DefinitionPlace, body: ShownDefinition): Promise<void> {
    await this.#send({ method: update, path: one, json: body, sideEffect: false });
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  async #send(call: Call): Promise<void> {
    this.#session.checked(await this.#session.call(call));
  }
}
