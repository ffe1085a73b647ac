import { messageOf } from '../model/errors.ts';
import type { Entity } from './port-schemas.ts';

/** What became of one item of a bulk request: done, or why not. */
export type Outcome = true | Error;

export type UpsertQueueOptions = {
  /** Sends one bulk; answers one outcome an entity, in order. */
  readonly send: (entities: readonly Entity[]) => Promise<readonly Outcome[]>;
  /** How many entities go into a bulk at most. */
  readonly size: number;
  /** How many bulks may be under way at once. */
  readonly bulks: number;
  /** How many more may be under way that hold nothing but urgent entities. */
  readonly urgentBulks: number;
};

type Waiting = { entity: Entity; readonly settle: ((outcome: Outcome) => void)[] };

/**
 * Gathers upserts into bulks. A bulk goes as soon as one may: while all are under way, what comes in waits and
 * fills the next ones. Urgent entities go first, and have bulks of their own. Of one entity there is one upsert under way at a time, and a
 * newer one joins one that still waits, so that an older state never overtakes a newer one.
 */
export class UpsertQueue {
  readonly #options: UpsertQueueOptions;
  readonly #urgent = new Map<string, Waiting>();
  readonly #ordinary = new Map<string, Waiting>();
  readonly #underWay = new Set<string>();
  #bulks = 0;
  #isWoken = false;

  constructor(options: UpsertQueueOptions) {
    this.#options = options;
  }

  /** Never rejects. */
  async add(entity: Entity, urgent: boolean): Promise<Outcome> {
    return new Promise((resolve) => {
      this.#put(entity, urgent, resolve);
      this.#wake();
    });
  }

  #put(entity: Entity, urgent: boolean, settle: (outcome: Outcome) => void): void {
    const id = entity.identifier;
    const before = this.#urgent.get(id) ?? this.#ordinary.get(id);
    const queue = urgent || this.#urgent.has(id) ? this.#urgent : this.#ordinary;
    if (before === undefined) {
      queue.set(id, { entity, settle: [settle] });
      return;
    }
    before.entity = merged(before.entity, entity);
    before.settle.push(settle);
    if (queue === this.#urgent && this.#ordinary.delete(id)) this.#urgent.set(id, before);
  }

  /** At the end of this turn of the event loop, so that what is asked for in one turn goes together. */
  #wake(): void {
    if (this.#isWoken) return;
    this.#isWoken = true;
    setImmediate(() => {
      this.#isWoken = false;
      this.#sendAll();
    });
  }

  #sendAll(): void {
    const { bulks, urgentBulks } = this.#options;
    while (this.#bulks < bulks + urgentBulks) {
      const queues = this.#bulks < bulks ? [this.#urgent, this.#ordinary] : [this.#urgent];
      const bulk = this.#take(queues);
      if (bulk.length === 0) return;
      void this.#send(bulk);
    }
  }

  #take(queues: readonly Map<string, Waiting>[]): Waiting[] {
    const bulk: Waiting[] = [];
    for (const queue of queues) {
      for (const [id, waiting] of queue) {
        if (bulk.length === this.#options.size) return bulk;
        if (this.#underWay.has(id)) continue;
        this.#underWay.add(id);
        queue.delete(id);
        bulk.push(waiting);
      }
    }
    return bulk;
  }

  async #send(bulk: readonly Waiting[]): Promise<void> {
    this.#bulks += 1;
    const outcomes = await this.#outcomes(bulk.map((waiting) => waiting.entity));
    this.#bulks -= 1;
    bulk.forEach(({ entity, settle }, index) => {
      this.#underWay.delete(entity.identifier);
      const outcome = outcomes[index] ?? new Error('The answer to a bulk has no outcome for this entity.');
      for (const tell of settle) tell(outcome);
    });
    this.#wake();
  }

  async #outcomes(entities: readonly Entity[]): Promise<readonly Outcome[]> {
    try {
      return await this.#options.send(entities);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(messageOf(error));
      return entities.map(() => failure);
    }
  }
}

/** What two upserts with merge, one after the other, lead to. */
function merged(before: Entity, after: Entity): Entity {
  return { ...before, ...after, properties: { ...before.properties, ...after.properties } };
}
