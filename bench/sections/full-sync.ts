import { z } from 'zod';
import { markOf } from '../change.ts';
import { Operator } from '../operator.ts';
import { checkPortal, shown } from '../portal.ts';
import { Child } from '../processes/child.ts';
import type { Scope } from '../scope.ts';
import { Script } from '../script.ts';
import type { Run, Section } from '../section.ts';
import { type Latency, latencyName, NO_LATENCY, openWorld, USUAL_LATENCY, type World } from '../world.ts';

const WRITE_CONNECTIONS = 16;
const COMMANDS_AIM = 20;
const DEADLINE_MS = 240_000;

/**
 * A full sync into an empty portal, against what a plain script does and what the systems give at most, in the
 * same run against the same records. It counts only when the portal has every record right.
 */
export const fullSync: Section = {
  name: 'full-sync',
  async run(run) {
    await run.scope.nested((scope) => measure(run, scope, NO_LATENCY, 6_000));
    await run.scope.nested((scope) => measure(run, scope, USUAL_LATENCY, 2_000));
  },
};

async function measure(run: Run, scope: Scope, latency: Latency, aim: number): Promise<void> {
  const count = run.size === 'quick' ? 2_000 : 20_000;
  const at = latencyName(latency);
  run.say(`full sync ${at}: ${count} records`);
  const world = await openWorld(scope, latency);
  await world.servicenow.tell('seed', { from: 0, count });
  const { bound, copied } = await directly(run, world, latency, count);

  const bridge = await world.startBridge('all');
  const operator = new Operator(bridge.url, world.secrets.operator);
  const commandsBefore = await world.redis.commands();
  const started = Date.now();
  const id = await operator.startFullSync();
  await operator.syncDone(id, DEADLINE_MS);
  await shown(world.port, markOf(0), count, DEADLINE_MS);
  const rate = (count * 1000) / (Date.now() - started);
  const commands = (await world.redis.commands()) - commandsBefore;
  await checkPortal(world.port, count, 0);

  const name = `full sync ${at}`;
  run.report({
    name: `${name}: records a second`,
    value: rate,
    unit: '/s',
    aim: { atLeast: aim },
    note: `${count} records of 3 kB, all right in the portal`,
  });
  run.report({
    name: `${name}: times a plain loop`,
    value: rate / copied,
    unit: '×',
    note: `the loop does ${Math.round(copied)}/s`,
  });
  run.report({
    name: `${name}: of what the systems serve by themselves`,
    value: rate / Math.min(bound.read, bound.written),
    unit: '',
    note: `pages of 1,000: ${Math.round(bound.read)}/s; bulks of 20 on ${WRITE_CONNECTIONS} connections: ${Math.round(bound.written)}/s`,
  });
  run.report({
    name: `${name}: Redis commands a record`,
    value: commands / count,
    unit: '',
    aim: { atMost: COMMANDS_AIM },
    note: 'those inside scripts included',
  });
}

/** What the systems do without a bridge, into portals of their own: records a second. */
async function directly(
  run: Run,
  world: World,
  latency: Latency,
  count: number,
): Promise<{ bound: { read: number; written: number }; copied: number }> {
  return run.scope.nested(async (scope) => {
    const port = Child.start(scope, 'stand-ins/port.ts');
    const input = { clientSecret: world.secrets.port, latencyMs: latency.port };
    const { url } = await port.call('start', input, z.object({ url: z.string() }));
    const script = new Script(world, url, WRITE_CONNECTIONS);
    scope.onClose(() => script.close());
    await script.signIn(world.secrets.port);
    const fewer = latency.port === 0 ? 2_000 : 1_000;
    await script.copy(200);
    const copied = await script.copy(Math.min(fewer, count));
    const read = await script.readAll(count);
    const written = await script.writeAll(count, WRITE_CONNECTIONS);
    run.say(`full sync ${latencyName(latency)}: now the bridge`);
    return { bound: { read, written }, copied };
  });
}
