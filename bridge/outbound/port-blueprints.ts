import type { z } from 'zod';
import { RequestRefused } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import type { Call } from './exchange.ts';
import { blueprintAnswer } from './port-schemas.ts';

/** The names that a blueprint declares. */
export type Declared = { readonly properties: ReadonlySet<string>; readonly relations: ReadonlySet<string> };

type Read = <T>(call: Call, schema: z.ZodType<T>) => Promise<T>;
type Known = { readonly found: Promise<Declared>; readonly at: number };

/** What the portal's blueprints declare. */
export class PortBlueprints {
  readonly #read: Read;
  readonly #clock: Clock;
  readonly #known = new Map<string, Known>();

  constructor(read: Read, clock: Clock) {
    this.#read = read;
    this.#clock = clock;
  }

  /**
   * What a blueprint declares, up to `maxAgeMs` old. Throws RequestRefused where there is no such blueprint or it may not
   * be read (remembered as long), and UpstreamUnavailable and CredentialsRefused.
   */
  async declaredBy(blueprint: string, maxAgeMs = 0): Promise<Declared> {
    const known = this.#known.get(blueprint);
    if (known !== undefined && this.#clock() - known.at < maxAgeMs) return known.found;
    const found = this.#ask(blueprint);
    this.#known.set(blueprint, { found, at: this.#clock() });
    // An outage is not remembered: the next one asks again.
    found.catch((error: unknown) => {
      if (!(error instanceof RequestRefused)) this.#known.delete(blueprint);
    });
    return found;
  }

  async #ask(blueprint: string): Promise<Declared> {
    const path = `/blueprints/${encodeURIComponent(blueprint)}`;
    const answer = await this.#read({ method: 'GET', path, sideEffect: false }, blueprintAnswer);
    const { schema, relations } = answer.blueprint;
    return {
      properties: new Set(Object.keys(schema.properties)),
      relations: new Set(Object.keys(relations)),
    };
  }
}
