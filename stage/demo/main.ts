import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { destination } from 'pino';
import { createLog } from '../../bridge/log.ts';
import { messageOf } from '../../bridge/model/errors.ts';
import { startRedisServer } from '../../queue/redis-server.ts';
import { ensurePrograms } from '../../tools/programs.ts';
import { ensureAppBuilt } from '../build-app.ts';
import { openStage, PEOPLE, type Stage } from '../stage.ts';
import { startRunner } from '../runner/runner.ts';
import { heldAndReleased } from './held.ts';
import { refused } from './refusals.ts';
import { approvedInServiceNow, declinedInPortal } from './story.ts';
import { Teller } from './teller.ts';

const print = (text: string): void => console.log(text);
const once = process.argv.includes('--once');
const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;

async function main(): Promise<void> {
  ensurePrograms(['demo', 'pipelines'], { env: process.env, isRoot: process.getuid?.() === 0, say: print });
  ensureAppBuilt(print);
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-demo-'));
  const redis = await startRedisServer(directory);
  const logFile = join(directory, 'bridge.log');
  const log = createLog('info', destination({ dest: logFile, sync: true }));
  const stage = await openStage({
    redisUrl: redis.url,
    prefix: 'demo',
    clock: Date.now,
    log,
    pipelines: 'component',
    env: { CHANGE_LIFECYCLE: 'full' },
    servicenow: { approvers: [PEOPLE.approver] },
  });
  const how = { machine: process, bridgeUrl: stage.bridgeUrl() };
  const runner = startRunner(stage.gitlab, how, (error) =>
    print(`A pipeline could not be run. ${messageOf(error)}`),
  );
  const close = async (): Promise<void> => {
    await runner.stop();
    await stage.close();
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const teller = new Teller(print, colour, Date.now);
    await approvedInServiceNow(stage, teller);
    await declinedInPortal(stage, teller);
    await heldAndReleased(stage, teller, Date.now);
    await refused(stage, teller);
    print('\nEvery step was observed on the three systems.');
  } catch (error) {
    print(`\nThe story did not come true. ${messageOf(error)}\nThe bridge's log: ${logFile}`);
    await runner.stop();
    await stage.close();
    await redis.stop();
    process.exit(1);
  }
  if (once) {
    await close();
    process.exit(0);
  }
  await stayUp(stage, close, logFile);
}

async function stayUp(stage: Stage, close: () => Promise<void>, logFile: string): Promise<void> {
  print(`
Now play it yourself (Ctrl-C ends everything):
  Portal         ${stage.port.origin}
  ServiceNow     ${stage.servicenow.url}
  GitLab         ${stage.gitlab.url}
  Operator API   curl -H 'Authorization: Bearer ${stage.operatorToken}' ${stage.bridgeUrl()}/v1/changes
  Bridge log     ${logFile}`);
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => resolve());
  });
  print('\nStopping…');
  await close();
  process.exit(0);
}

try {
  await main();
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
