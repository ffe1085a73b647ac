import { z } from 'zod';
import { markOf, sysIdOf } from '../change.ts';
import { Operator } from '../operator.ts';
import { shown } from '../portal.ts';
import type { Scope } from '../scope.ts';
import type { Run, Section } from '../section.ts';
import { latencies, median, quantile } from '../statistics.ts';
import { until } from '../until.ts';
import { type Latency, latencyName, NO_LATENCY, openWorld, USUAL_LATENCY, type World } from '../world.ts';

const PER_SECOND = 10;
const WARM_UP = 20;
const BACKGROUND = { from: 1_000, count: 400, perSecond: 200 };
const OTHERS_FROM = 2_000;
const OWN_AIM_MS = 250;
/** Calls of ServiceNow that stand in a decision's way: the change as it is now, and who approved it. */
const READS_IN_THE_WAY = 2;
const DEADLINE_MS = 60_000;

type Mode = { readonly latency: Latency; readonly others: number };
const deliveriesSchema = z.array(z.object({ sysId: z.string(), sentAt: z.number() }));
const triggersSchema = z.array(z.object({ sysId: z.string(), at: z.number() }));

/** From an approver's save in ServiceNow to GitLab's trigger, while people edit 200 other changes a second. */
export const decisions: Section = {
  name: 'decisions',
  async run(run) {
    const others = run.size === 'quick' ? 2_000 : 20_000;
    const modes: readonly Mode[] = [
      { latency: NO_LATENCY, others: 0 },
      { latency: USUAL_LATENCY, others: 0 },
      { latency: USUAL_LATENCY, others },
    ];
    for (const mode of modes) await run.scope.nested((scope) => measure(run, scope, mode));
  },
};

async function measure(run: Run, scope: Scope, mode: Mode): Promise<void> {
  const count = (run.size === 'quick' ? 60 : 300) + WARM_UP;
  const { latency, others } = mode;
  const name = `decision ${latencyName(latency)}${others === 0 ? '' : `, during a full sync of ${others}`}`;
  run.say(`${name}: ${count} decisions`);
  const world = await openWorld(scope, latency);
  await world.servicenow.tell('seed', { from: 0, count });
  await world.servicenow.tell('seed', BACKGROUND);
  if (others > 0) await world.servicenow.tell('seed', { from: OTHERS_FROM, count: others });
  const bridge = await world.startBridge('all');
  await world.servicenow.tell('announce', { from: 0, count });
  await world.servicenow.tell('announce', BACKGROUND);
  await shown(world.port, markOf(0), count + BACKGROUND.count);

  await world.servicenow.tell('startBackground', BACKGROUND);
  const syncing = others === 0 ? undefined : keepSyncing(new Operator(bridge.url, world.secrets.operator));
  const savedAt = await decideAll(world, count);
  const triggered = await allTriggers(world, count);
  const background = z
    .object({ sent: z.number(), refused: z.number() })
    .parse(await world.servicenow.call('stopBackground', null, z.unknown()));
  const syncs = await syncing?.stop();
  if (background.refused > 0) throw new Error(`${background.refused} background events were refused.`);

  const delivered = await world.servicenow.call('deliveries', null, deliveriesSchema);
  const sent = new Map(delivered.toReversed().map(({ sysId, sentAt }) => [sysId, sentAt]));
  const own: number[] = [];
  const app: number[] = [];
  for (let index = WARM_UP; index < count; index += 1) {
    const sysId = sysIdOf(index);
    const sentAt = sent.get(sysId) ?? Number.NaN;
    own.push((triggered.get(sysId) ?? Number.NaN) - sentAt);
    app.push(sentAt - (savedAt[index] ?? Number.NaN));
  }
  const inTheWay = READS_IN_THE_WAY * latency.servicenow;
  const reads =
    inTheWay === 0 ? '' : `; aim: ${OWN_AIM_MS} of our own and ${READS_IN_THE_WAY} reads of ServiceNow`;
  const synced = syncs === undefined ? '' : `; ${syncs} syncs ended meanwhile`;
  run.report({
    name: `${name}: webhook to trigger, p99`,
    value: quantile(own, 0.99),
    unit: 'ms',
    aim: { atMost: OWN_AIM_MS + inTheWay },
    note: `p50 ${median(own).toFixed(0)} ms; before it the app's own ${latencies(app)}${reads}${synced}`,
  });
}

/** One save every 100 ms, whatever becomes of them; answers when each was saved (epoch ms). */
async function decideAll(world: World, count: number): Promise<number[]> {
  const started = Date.now();
  const saves: Promise<number>[] = [];
  for (let index = 0; index < count; index += 1) {
    const due = started + (index * 1000) / PER_SECOND;
    await new Promise((wake) => setTimeout(wake, Math.max(0, due - Date.now())));
    saves.push(world.servicenow.call('decide', { index }, z.number()));
  }
  return Promise.all(saves);
}

/** When the first trigger of each change arrived. Throws where one is missing, or came twice. */
async function allTriggers(world: World, count: number): Promise<Map<string, number>> {
  let triggers: z.output<typeof triggersSchema> = [];
  await until(
    `GitLab has ${count} triggers`,
    async () => {
      triggers = await world.gitlab.call('triggers', null, triggersSchema);
      return triggers.length >= count;
    },
    DEADLINE_MS,
  );
  const first = new Map(triggers.map(({ sysId, at }) => [sysId, at]));
  if (first.size !== triggers.length) throw new Error('A decision triggered GitLab more than once.');
  return first;
}

/** Runs one full sync after another; `stop` answers how many have ended, and throws where one failed. */
function keepSyncing(operator: Operator): { readonly stop: () => Promise<number> } {
  const wanted = new AbortController();
  const isOver = (): boolean => wanted.signal.aborted;
  let ended = 0;
  const loop = async (): Promise<void> => {
    while (!isOver()) {
      const id = await operator.startFullSync();
      await until('the full sync is done', async () => isOver() || (await operator.isSyncDone(id)));
      if (!isOver()) ended += 1;
    }
  };
  const running = loop();
  // Its failure is told by `stop`.
  running.catch(() => undefined);
  return {
    async stop() {
      wanted.abort();
      await running;
      return ended;
    },
  };
}
