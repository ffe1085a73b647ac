import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { openStage, PEOPLE, type Stage } from '../stage/stage.ts';
import { spread } from './statistics.ts';

const DECISIONS = 200;
const DEADLINE_MS = 30_000;

/**
 * From an approver's save in ServiceNow to GitLab's trigger, one decision after another: how long the app takes
 * to deliver the event, and how long the bridge takes from there.
 */
export async function decisionLatency(redisUrl: string, print: (text: string) => void): Promise<void> {
  const stage = await openStage({
    redisUrl,
    prefix: 'bench-latency',
    clock: Date.now,
    log: pino({ level: 'silent' }),
    stageMs: 0,
  });
  try {
    await decideOnce(stage, 0);
    const app: number[] = [];
    const total: number[] = [];
    for (let index = 1; index <= DECISIONS; index += 1) {
      const seen = await decideOnce(stage, index);
      app.push(seen.deliveredMs);
      total.push(seen.triggeredMs);
    }
    print(`decision latency over ${DECISIONS} decisions (ServiceNow's save → …)`);
    print(`  … the event is acknowledged by the bridge   ${spread(app)}   (the app's own asynchrony)`);
    print(`  … GitLab has made the pipeline              ${spread(total)}`);
    print(`  share of the app in the median              ${(share(app, total) * 100).toFixed(0)} %`);
  } finally {
    await stage.close();
  }
}

function share(part: readonly number[], whole: readonly number[]): number {
  const ratios = part.map((value, index) => value / (whole[index] ?? value)).toSorted((a, b) => a - b);
  return ratios[Math.floor(ratios.length / 2)] ?? Number.NaN;
}

async function decideOnce(
  stage: Stage,
  index: number,
): Promise<{ deliveredMs: number; triggeredMs: number }> {
  const tags = `deploy_run:r_bench${index},gitlab_project:42`;
  const change = stage.servicenow.createChange({
    u_external_tags: tags,
    short_description: `Change ${index}`,
  });
  const sysId = change['sys_id'] ?? '';
  await stage.servicenow.settle();
  const delivered = stage.servicenow.outboundRequests().length;
  const saved = performance.now();
  stage.servicenow.decide(sysId, PEOPLE.approver, 'approved');
  const deliveredMs = await elapsed(saved, () => {
    const last = stage.servicenow.outboundRequests()[delivered];
    return last !== undefined && last.answer.status === 202;
  });
  const triggeredMs = await elapsed(saved, () =>
    stage.gitlab.pipelines().some((pipeline) => pipeline.payload.system_id === sysId),
  );
  return { deliveredMs, triggeredMs };
}

/** Milliseconds from `start` until the condition is seen, looked at on every turn of the event loop. */
async function elapsed(start: number, seen: () => boolean): Promise<number> {
  for (;;) {
    const now = performance.now();
    if (seen()) return now - start;
    if (now - start > DEADLINE_MS) throw new Error(`Not seen within ${DEADLINE_MS} ms.`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
