import { markOf, sysIdOf } from '../change.ts';
import { LoadGenerator } from '../load-generator.ts';
import { Operator } from '../operator.ts';
import { shown } from '../portal.ts';
import type { Run, Section } from '../section.ts';
import { median } from '../statistics.ts';
import { openWorld, type World } from '../world.ts';

const SIZES = [1_000, 10_000, 100_000];
/** A bridge that is too slow for the largest size is measured at what it reached after so long. */
const SEED_MS = 150_000;
const CHUNK = 5_000;
const CONNECTIONS = 64;
/** One change in twenty is approved, so that decisions grow too. They lie apart, as ServiceNow has to know them. */
const APPROVED_SHARE = 0.05;
const APPROVED_FROM = 1_000_000;
const APPROVED = { approval: 'approved', u_external_tags: '' };
const REQUESTS = 200;
const BYTES_A_CHANGE = 2_048;
const BYTES_AN_EVENT = 100;
const MOST_GROWTH = 1.5;
/** What is left to do after the portal has everything: confirmations, counters. */
const SETTLE_MS = 2_000;

const PATHS: Readonly<Record<string, (index: number) => string>> = {
  'GET /v1/changes': () => '/v1/changes',
  'GET /v1/changes/{id}': (index) => `/v1/changes/${sysIdOf(index)}`,
  'GET /v1/decisions?status=parked': () => '/v1/decisions?status=parked',
  'GET /health': () => '/health',
};
const INGEST = 'an event’s answer';

/** What was seen at one size: median latencies (ms) by name, and Redis bytes an event. */
type Seen = {
  readonly size: number;
  readonly ms: ReadonlyMap<string, number>;
  readonly bytesAnEvent: number;
};

/** How storage and latency grow with the number of changes. */
export const growth: Section = {
  name: 'growth',
  async run(run) {
    const world = await openWorld(run.scope);
    const approved = Math.ceil(100_000 * APPROVED_SHARE);
    await world.servicenow.tell('seed', { from: APPROVED_FROM, count: approved, more: APPROVED });
    const bridge = await world.startBridge('all');
    const load = new LoadGenerator(run.scope);
    const seeder = new Seeder(run, world, load, bridge.url);
    const operator = new Operator(bridge.url, world.secrets.operator);
    const seen: Seen[] = [];
    for (const size of run.size === 'quick' ? SIZES.slice(0, 2) : SIZES) {
      run.say(`growth: up to ${size} changes`);
      await seeder.growTo(size);
      run.say(`growth: measuring at ${seeder.size} changes`);
      const ms = await latenciesAt(operator, seeder.plain);
      ms.set(INGEST, await seeder.answerMs());
      seen.push({ size: seeder.size, ms, bytesAnEvent: await seeder.bytesAnEvent() });
    }
    report(run, seen, seeder.bytesAChange());
  },
};

function report(run: Run, seen: readonly Seen[], bytesAChange: number): void {
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return;
  const short = last.size < 100_000 && run.size !== 'quick' ? `, all that ${SEED_MS / 1000} s allowed` : '';
  const about = `up to ${last.size} changes${short}`;
  run.report({
    name: 'growth: Redis bytes a change of 3 kB',
    value: bytesAChange,
    unit: 'B',
    aim: { atMost: BYTES_A_CHANGE },
    note: about,
  });
  run.report({
    name: 'growth: Redis bytes an event of a known change',
    value: median(seen.map(({ bytesAnEvent }) => bytesAnEvent)),
    unit: 'B',
    aim: { atMost: BYTES_AN_EVENT },
    note: seen.map(({ size, bytesAnEvent }) => `${Math.round(bytesAnEvent)} at ${size}`).join(', '),
  });
  for (const name of first.ms.keys()) {
    const values = seen.map(({ ms }) => ms.get(name) ?? Number.NaN);
    run.report({
      name: `growth: ${name}, last size to first`,
      value: (values.at(-1) ?? Number.NaN) / (values[0] ?? Number.NaN),
      unit: '×',
      aim: { atMost: MOST_GROWTH },
      note: seen.map(({ size }, at) => `${values[at]?.toFixed(2)} ms at ${size}`).join(', '),
    });
  }
}

async function latenciesAt(operator: Operator, plain: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const [name, path] of Object.entries(PATHS)) {
    const sample: number[] = [];
    for (let request = 0; request < REQUESTS; request += 1) {
      const started = performance.now();
      await operator.get(path((request * 7_919) % plain));
      sample.push(performance.now() - started);
    }
    // The first tenth warms up.
    found.set(name, median(sample.slice(REQUESTS / 10)));
  }
  return found;
}

/** Fills a bridge with changes by events, and waits until the portal has them. */
class Seeder {
  readonly #run: Run;
  readonly #world: World;
  readonly #load: LoadGenerator;
  readonly #url: string;
  readonly #ends: number;
  #approved = 0;
  #bytes = 0;
  #version = 0;
  /** How many changes nobody has decided: those that later events are about. */
  plain = 0;

  constructor(run: Run, world: World, load: LoadGenerator, url: string) {
    this.#run = run;
    this.#world = world;
    this.#load = load;
    this.#url = url;
    this.#ends = Date.now() + SEED_MS;
  }

  get size(): number {
    return this.plain + this.#approved;
  }

  bytesAChange(): number {
    return this.#bytes / this.size;
  }

  async growTo(size: number): Promise<void> {
    const before = await this.#world.redis.usedMemory();
    while (this.size < size && Date.now() < this.#ends) {
      const chunk = Math.min(CHUNK, size - this.size);
      const approved = Math.round(chunk * APPROVED_SHARE);
      await this.#send(this.plain, chunk - approved, {});
      await this.#send(APPROVED_FROM + this.#approved, approved, APPROVED);
      this.plain += chunk - approved;
      this.#approved += approved;
      await shown(this.#world.port, markOf(0), this.size - this.#touched());
      this.#run.say(`growth: ${this.size} changes`);
    }
    await settle();
    this.#bytes += (await this.#world.redis.usedMemory()) - before;
  }

  /** The median time (ms) that an event of a known change waits for its answer, one at a time. */
  async answerMs(): Promise<number> {
    const { p50 } = await this.#more(REQUESTS, 1);
    return p50;
  }

  async bytesAnEvent(): Promise<number> {
    const before = await this.#world.redis.usedMemory();
    const count = 5 * TOUCHED;
    await this.#more(count, CONNECTIONS);
    await settle();
    return ((await this.#world.redis.usedMemory()) - before) / count;
  }

  /** Later versions of the same few hundred changes. */
  async #more(count: number, connections: number): Promise<{ p50: number }> {
    const rounds = Math.ceil(count / TOUCHED);
    const version = this.#version + 1;
    this.#version += rounds;
    const events = {
      url: this.#url,
      secret: this.#world.secrets.webhook,
      from: 0,
      changes: TOUCHED,
      version,
    };
    const burst = await this.#load.burst(events, { count: rounds * TOUCHED, connections });
    await shown(this.#world.port, burst.lastMark, TOUCHED);
    return burst;
  }

  #touched(): number {
    return this.#version === 0 ? 0 : TOUCHED;
  }

  async #send(from: number, count: number, more: Readonly<Record<string, string>>): Promise<void> {
    const events = {
      url: this.#url,
      secret: this.#world.secrets.webhook,
      from,
      changes: count,
      version: 0,
      more,
    };
    await this.#load.burst(events, { count, connections: CONNECTIONS });
  }
}

const TOUCHED = 500;

async function settle(): Promise<void> {
  await new Promise((wake) => setTimeout(wake, SETTLE_MS));
}
