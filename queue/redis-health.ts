import { Cluster, type Redis } from 'ioredis';
import type { Connection } from './connection.ts';
import { refusalOfWrites } from './write-probe.ts';

type Facts = ReadonlyMap<string, string>;

const NO_ANSWER = 'Redis does not answer.';
const NO_WRITE =
  'Redis answers, but no write ends in time: a failover is under way, or a part of the cluster is down.';
const LOADING = 'Redis is still loading its data.';
const FULL = 'Redis is full (maxmemory is used up): raise maxmemory, or nothing that is sent can be stored.';
const REPLICA = 'This Redis is a read-only replica: let REDIS_URL name its master.';
const NO_AOF =
  'Redis keeps no append-only file: set appendonly to yes, or a restart loses approvals that were acknowledged.';
const AOF_ERROR = 'Redis cannot write its append-only file: its disk may be full or broken.';

/**
 * What keeps this Redis from being trusted with approvals, one sentence each and what to mend; empty where nothing
 * does. Asks every master for INFO and one of them for a write, in one round trip. What access rules forbid the
 * bridge to ask (NOPERM), or a managed Redis does not have, is not judged: that is its owner's to see to. Never
 * throws: a Redis that is away is one of the troubles.
 */
export async function redisTroubles(connection: Connection): Promise<string[]> {
  const masters = connection instanceof Cluster ? connection.nodes('master') : [connection];
  // INFO goes first: after a READONLY the connection turns to where the master may be by now.
  const asked = Promise.all(masters.map(infoOf));
  const [infos, refusal] = await Promise.all([asked, refusalOfWrites(connection)]);
  const told = infos.map((info) => (typeof info === 'string' ? [info] : troublesIn(info))).flat();
  const answered = infos.some((info) => typeof info !== 'string' && info.size > 0);
  const troubles = refusal === undefined ? told : [...told, troubleOf(refusal, answered)];
  if (troubles.includes(NO_ANSWER)) return [NO_ANSWER];
  return [...new Set(troubles)];
}

/** What INFO says, name by name; nothing where it may not be asked; a trouble where no answer came. */
async function infoOf(node: Redis): Promise<Facts | string> {
  try {
    return parseInfo(await node.info());
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return /^(NOPERM|ERR unknown)/.test(message) ? new Map() : NO_ANSWER;
  }
}

function parseInfo(text: string): Facts {
  return new Map(
    text
      .split('\r\n')
      .filter((line) => line.includes(':'))
      .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]),
  );
}

function troublesIn(facts: Facts): string[] {
  const policy = facts.get('maxmemory_policy') ?? 'noeviction';
  const maxmemory = Number(facts.get('maxmemory') ?? 0);
  const evicts = policy !== 'noeviction';
  return [
    facts.get('loading') === '1' ? LOADING : '',
    evicts
      ? `Redis evicts keys (maxmemory-policy ${policy}): set it to noeviction, or approvals can be lost.`
      : '',
    !evicts && maxmemory > 0 && Number(facts.get('used_memory')) >= maxmemory ? FULL : '',
    facts.get('aof_enabled') === '0' ? NO_AOF : '',
    facts.get('aof_last_write_status') === 'err' ? AOF_ERROR : '',
    facts.get('role') === 'slave' && facts.get('slave_read_only') === '1' ? REPLICA : '',
  ].filter((trouble) => trouble !== '');
}

/** The trouble behind a refused write. */
function troubleOf(refusal: Error, answered: boolean): string {
  const { message } = refusal;
  if (message.startsWith('OOM')) return FULL;
  if (message.startsWith('READONLY')) return REPLICA;
  if (message.startsWith('LOADING')) return LOADING;
  if (message.startsWith('MISCONF') && message.includes('AOF')) return AOF_ERROR;
  if (refusal.name === 'ReplyError') return `Redis refuses writes: ${message}`;
  return answered ? NO_WRITE : NO_ANSWER;
}
