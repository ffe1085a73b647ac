import { markOf } from '../change.ts';
import { LoadGenerator } from '../load-generator.ts';
import { showing } from '../portal.ts';
import type { Scope } from '../scope.ts';
import type { Run, Section } from '../section.ts';
import { median, range } from '../statistics.ts';
import { until } from '../until.ts';
import { openWorld } from '../world.ts';

const LATENCY = { servicenow: 0, port: 100 };
const AIM = 1.6;
const POLL_MS = 20;

/** How much faster two worker processes clear a backlog than one, at a portal that takes 100 ms. */
export const workers: Section = {
  name: 'workers',
  async run(run) {
    const rounds = run.size === 'quick' ? 1 : 3;
    const singles: number[] = [];
    const pairs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      singles.push(await run.scope.nested((scope) => clear(run, scope, 1)));
      pairs.push(await run.scope.nested((scope) => clear(run, scope, 2)));
    }
    const ratios = pairs.map((rate, round) => rate / (singles[round] ?? Number.NaN));
    run.report({
      name: 'two workers at a portal of 100 ms, to one',
      value: median(ratios),
      unit: '×',
      aim: { atLeast: AIM },
      note: `${range(ratios, 2)}; ${Math.round(median(pairs))}/s to ${Math.round(median(singles))}/s`,
    });
  },
};

/** Changes a second between a tenth and nine tenths of the backlog: how long a process takes to start is left out. */
async function clear(run: Run, scope: Scope, count: number): Promise<number> {
  const backlog = run.size === 'quick' ? 2_000 : 5_000;
  run.say(`workers: ${count}, a backlog of ${backlog}`);
  const world = await openWorld(scope, LATENCY);
  const api = await world.startBridge('api');
  const load = new LoadGenerator(scope);
  const events = { url: api.url, secret: world.secrets.webhook, from: 0, changes: backlog, version: 0 };
  await load.burst(events, { count: backlog, connections: 64 });
  const starting = Promise.all(Array.from({ length: count }, () => world.startBridge('worker')));
  const mark = markOf(0);
  const seen: { at: number; shown: number }[] = [];
  const look = async (): Promise<boolean> => {
    const shown = await showing(world.port, mark);
    seen.push({ at: performance.now(), shown });
    return shown >= backlog;
  };
  await until('the backlog is cleared', look, 120_000, POLL_MS);
  await starting;
  const begin = seen.find(({ shown }) => shown >= backlog * 0.1);
  const end = seen.find(({ shown }) => shown >= backlog * 0.9);
  if (begin === undefined || end === undefined || end === begin)
    throw new Error('The backlog went too fast to be measured.');
  return ((end.shown - begin.shown) * 1000) / (end.at - begin.at);
}
