import { z } from 'zod';
import { markOf } from '../change.ts';
import { Operator } from '../operator.ts';
import { checkPortal, shown } from '../portal.ts';
import type { Section } from '../section.ts';
import { openWorld } from '../world.ts';

const AIM = 10_000;
const DEADLINE_MS = 240_000;

/** A second full sync where nothing has changed: what the deletion check and the drift check cost. */
export const resync: Section = {
  name: 'resync',
  async run(run) {
    const count = run.size === 'quick' ? 2_000 : 20_000;
    run.say(`resync: a first full sync of ${count} records`);
    const world = await openWorld(run.scope);
    await world.servicenow.tell('seed', { from: 0, count });
    const bridge = await world.startBridge('all');
    const operator = new Operator(bridge.url, world.secrets.operator);
    await operator.syncDone(await operator.startFullSync(), DEADLINE_MS);
    await shown(world.port, markOf(0), count, DEADLINE_MS);
    await checkPortal(world.port, count, 0);

    run.say('resync: the second one');
    const since = new Date().toISOString();
    const started = Date.now();
    await operator.syncDone(await operator.startFullSync(), DEADLINE_MS);
    const rate = (count * 1000) / (Date.now() - started);
    const rewritten = await world.port.call('writtenSince', { since }, z.number());
    await checkPortal(world.port, count, 0);
    run.report({
      name: 'second full sync, nothing changed: entities checked a second',
      value: rate,
      unit: '/s',
      aim: { atLeast: AIM },
      note: `${count} entities`,
    });
    run.report({
      name: 'second full sync, nothing changed: entities written again',
      value: rewritten,
      unit: '',
      aim: { atMost: 0 },
    });
  },
};
