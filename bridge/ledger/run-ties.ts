import type { Store } from './store.ts';

/** Which change a run of the portal belongs to, where a change was made outside the bridge: the first that named it. */
export class RunTies {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The sys_id of the change that has the run. */
  async holderOf(runId: string): Promise<string | undefined> {
    return (await this.#store.redis.get(this.#key(runId))) ?? undefined;
  }

  /** Ties the run to the change unless another one has it; answers which one has. */
  async tie(runId: string, sysId: string): Promise<string> {
    const before = await this.#store.redis.set(this.#key(runId), sysId, 'NX', 'GET');
    return before ?? sysId;
  }

  #key(runId: string): string {
    return this.#store.key('run-tie', runId);
  }
}
