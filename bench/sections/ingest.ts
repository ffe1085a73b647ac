import { z } from 'zod';
import { type Burst, type Events, LoadGenerator } from '../load-generator.ts';
import { shown } from '../portal.ts';
import { Child } from '../processes/child.ts';
import type { Scope } from '../scope.ts';
import type { Run, Section } from '../section.ts';
import { median, range } from '../statistics.ts';
import { openWorld } from '../world.ts';

const CONNECTIONS = 64;
const CHANGES = 2_000;
const AIM = 0.33;
/** Above this share of its time the load generator may itself be what is measured. */
const BUSY = 0.95;

/**
 * Acknowledged events a second against a bare route that only reads the body, in turn. Once with a bridge that
 * does nothing else, and once with one that also does the work: then the work has to be done before the next round.
 */
export const ingest: Section = {
  name: 'ingest',
  async run(run) {
    await run.scope.nested((scope) => againstBare(run, scope, 'api'));
    await run.scope.nested((scope) => againstBare(run, scope, 'all'));
  },
};

async function againstBare(run: Run, scope: Scope, role: 'api' | 'all'): Promise<void> {
  const quick = run.size === 'quick';
  const [rounds, count, bareCount] = quick ? [3, 2_000, 4_000] : [5, 6_000, 15_000];
  const load = new LoadGenerator(scope);
  const bare = await Child.start(scope, 'bare-server.ts').call('start', null, z.object({ url: z.string() }));
  const world = await openWorld(scope);
  const bridge = await world.startBridge(role);
  const secret = world.secrets.webhook;
  const bareEvents = { url: bare.url, secret, from: 0, changes: CHANGES, version: 0 };

  const bareRound = (): Promise<Burst> =>
    load.burst(bareEvents, { count: bareCount, connections: CONNECTIONS, distinct: 2_000 });
  const drains: number[] = [];
  let version = 0;
  const bridgeRound = async (): Promise<Burst> => {
    const events: Events = { url: bridge.url, secret, from: 0, changes: CHANGES, version };
    const burst = await load.burst(events, { count, connections: CONNECTIONS });
    version += Math.ceil(count / CHANGES);
    if (role === 'api') return burst;
    const ended = Date.now();
    await shown(world.port, burst.lastMark, CHANGES);
    drains.push((Date.now() - ended) / 1000);
    return burst;
  };

  run.say(`ingest: role ${role}, ${rounds} rounds`);
  await bareRound();
  await bridgeRound();
  const bares: Burst[] = [];
  const bursts: Burst[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bares.push(await bareRound());
    bursts.push(await bridgeRound());
  }
  reportRounds(run, role, bares, bursts);
  if (role === 'api') return;
  run.report({
    name: `ingest with a working consumer: until the portal shows all ${count} events`,
    value: median(drains),
    unit: 's',
    note: `after the last answer; ${range(drains, 1)}`,
  });
}

function reportRounds(
  run: Run,
  role: 'api' | 'all',
  bares: readonly Burst[],
  bursts: readonly Burst[],
): void {
  const who = role === 'api' ? 'alone (role api)' : 'with a working consumer (role all)';
  const ratios = bursts.map((burst, round) => burst.perSecond / (bares[round]?.perSecond ?? Number.NaN));
  const absolute = Math.round(median(bursts.map((burst) => burst.perSecond)));
  const bareRate = Math.round(median(bares.map((burst) => burst.perSecond)));
  const p99 = median(bursts.map((burst) => burst.p99)).toFixed(0);
  const busiest = Math.max(...bares.map((burst) => burst.utilization));
  const warning = busiest > BUSY ? `; the load generator was ${Math.round(busiest * 100)} % busy` : '';
  run.report({
    name: `ingest ${who}: acknowledged events, of bare Hono`,
    value: median(ratios),
    unit: '',
    aim: { atLeast: AIM },
    note: `${range(ratios, 2)}; ${absolute}/s of ${bareRate}/s; answer p99 ${p99} ms${warning}`,
  });
}
