import { readFileSync } from 'node:fs';
import { destination } from 'pino';
import { startRedisServer, type RedisServer } from '../queue/redis-server.ts';
import { keyFromFile } from './audit-key.ts';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { createLog, type Log } from './log.ts';
import { startBridge } from './service.ts';

/** Where the embedded Redis keeps its data when REDIS_URL names none. */
const DATA_DIRECTORY = '.data/redis';
/** Where the audit log's key is kept when AUDIT_KEY names none, beside that Redis. */
const AUDIT_KEY_FILE = '.data/audit.key';
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
  const auditKeys = auditKeysFor(config, log);
  const options = { config, redisUrl, auditKeys, clock: Date.now, random: Math.random, log };
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

/** Kept apart from the log that they seal, if the operator sees to it; where not, the log says so. */
function auditKeysFor(config: Config, log: Log): readonly string[] {
  if (config.AUDIT_KEY.length > 0) return config.AUDIT_KEY;
  if (config.REDIS_URL === undefined) {
    log.warn(
      { file: AUDIT_KEY_FILE },
      'AUDIT_KEY is not set: the key of the audit log is kept here, beside what it seals. Keep it elsewhere and set AUDIT_KEY.',
    );
    return [keyFromFile(AUDIT_KEY_FILE)];
  }
  log.warn(
    'AUDIT_KEY is not set: whoever can write to Redis can rebuild the audit log unnoticed. Set it to the same value for every bridge (openssl rand -hex 32).',
  );
  return [];
}

try {
  await main();
} catch (error) {
  const message = error instanceof ConfigError || error instanceof Error ? error.message : String(error);
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
