import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedisServer } from '../queue/redis-server.ts';
import { ensureAppBuilt } from '../stage/build-app.ts';
import { decisionLatency } from './decision-latency.ts';
import { webhookThroughput } from './webhook-throughput.ts';

const print = (text: string): void => console.log(text);

ensureAppBuilt(print);
const directory = mkdtempSync(join(tmpdir(), 'changebridge-bench-'));
const redis = await startRedisServer(directory);
try {
  await decisionLatency(redis.url, print);
  await webhookThroughput(redis.url, print);
} finally {
  await redis.stop();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(0);
