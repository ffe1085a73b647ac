import { z } from 'zod';
import { resultsOf, type Store } from './store.ts';

/** How many lines a change's timeline keeps. */
const KEEP = 500;

const lineSchema = z.object({ at: z.number(), what: z.string(), text: z.string() });

/** One line of a change's story: when (ms), what kind of step, and a sentence for people. */
export type TimelineLine = z.output<typeof lineSchema>;

/** What happened to each change, in the order in which the bridge saw it. */
export class Timeline {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async add(sysId: string, line: TimelineLine): Promise<void> {
    const length = await this.#store.redis.rpush(this.#name(sysId), JSON.stringify(line));
    if (length > KEEP) await this.#store.redis.ltrim(this.#name(sysId), -KEEP, -1);
  }

  /** A line for each of many changes, in one round trip. */
  async addMany(lines: readonly { readonly sysId: string; readonly line: TimelineLine }[]): Promise<void> {
    if (lines.length === 0) return;
    const commands = this.#store.redis.pipeline();
    for (const { sysId, line } of lines) commands.rpush(this.#name(sysId), JSON.stringify(line));
    for (const [at, length] of resultsOf(await commands.exec()).entries()) {
      const sysId = lines[at]?.sysId ?? '';
      if (Number(length) > KEEP) await this.#store.redis.ltrim(this.#name(sysId), -KEEP, -1);
    }
  }

  async read(sysId: string): Promise<TimelineLine[]> {
    const lines = await this.#store.redis.lrange(this.#name(sysId), 0, -1);
    return lines.map((line) => lineSchema.parse(JSON.parse(line)));
  }

  #name(sysId: string): string {
    return this.#store.key('change', sysId, 'timeline');
  }
}
