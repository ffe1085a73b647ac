import { readFileSync } from 'node:fs';
import { destination } from 'pino';
import { startRedisServer, type RedisServer } from '../queue/redis-server.ts';
import { ConfigError, parseConfig } from './config.ts';
import { createLog } from './log.ts';
import { startBridge } from './service.ts';

/** Where the embedded Redis keeps its data when REDIS_URL names none. */
const DATA_DIRECTORY = '.data/redis';
/** How long (ms) active jobs may take to end after a signal. */
const DRAIN_MS = 20_000;

async function main(): Promise<void> {
  const config = parseConfig(process.env, (path) => readFileSync(path, 'utf8'));
  const log = createLog(config.BRIDGE_LOG_LEVEL, destination(1));
  let redis: RedisServer | undefined;
  if (config.REDIS_URL === undefined) {
    redis = await startRedisServer(DATA_DIRECTORY);
    log.warn(
      { directory: DATA_DIRECTORY },
      'REDIS_URL is not set: a private redis-server keeps the data here.',
    );
  }
  const redisUrl = config.REDIS_URL ?? redis?.url ?? '';
  const options = { config, redisUrl, clock: Date.now, random: Math.random, log };
  const bridge = await startBridge(options).catch(async (error: unknown) => {
    await redis?.stop();
    throw error;
  });

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'Stopping: no new work is taken.');
    await bridge.stop(DRAIN_MS);
    await redis?.stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void stop(signal));
}

try {
  await main();
} catch (error) {
  const message = error instanceof ConfigError || error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
