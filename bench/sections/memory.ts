import { LoadGenerator } from '../load-generator.ts';
import type { Section } from '../section.ts';
import { slope } from '../statistics.ts';
import { openWorld } from '../world.ts';

const PER_SECOND = 200;
const CHANGES = 2_000;
const AIM = 0.2;
const MEGABYTE = 1024 * 1024;
const SECONDS = { quick: 20, usual: 60, long: 600 };

/** Whether the process keeps what it has dealt with. Only `--long` is long enough to judge. */
export const memory: Section = {
  name: 'memory',
  async run(run) {
    const seconds = SECONDS[run.size];
    run.say(`memory: ${seconds} s at ${PER_SECOND} events a second`);
    const world = await openWorld(run.scope);
    const bridge = await world.startBridge('all');
    const load = new LoadGenerator(run.scope);
    const secret = world.secrets.webhook;
    await load.startStream({ url: bridge.url, secret, from: 0, changes: CHANGES, version: 0 }, PER_SECOND);
    const points: { x: number; y: number }[] = [];
    for (let second = 0; second < seconds; second += 1) {
      await new Promise((wake) => setTimeout(wake, 1_000));
      points.push({ x: second / 60, y: bridge.residentMemory() / MEGABYTE });
    }
    const stream = await load.stopStream();
    const last = points.at(-1)?.y ?? Number.NaN;
    run.report({
      name: `memory over ${seconds} s at ${PER_SECOND} events/s: slope of the last half`,
      value: slope(points.slice(points.length / 2)),
      unit: 'MB/min',
      // A shorter run is still warming up: its slope is shown and not judged.
      ...(run.size === 'long' ? { aim: { atMost: AIM } } : {}),
      note:
        `${points[0]?.y.toFixed(0)} MB at first, ${last.toFixed(0)} MB at the end; ` +
        `${stream.sent} sent, at most ${stream.mostUnderWay} at once, answer p99 ${stream.p99.toFixed(0)} ms` +
        (run.size === 'long' ? '' : `; too short to judge (aim ${AIM} with --long)`),
    });
  },
};
