import type { Cluster, Redis } from 'ioredis';

/** Runs one Lua script atomically; `keys` are short names that get the ledger's prefix. */
export type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/**
 * The ledger's hold on Redis: every key under one prefix. The prefix carries a hash tag, so that a script may
 * touch several keys on a Redis Cluster.
 */
export type Store = {
  readonly redis: Redis | Cluster;
  readonly key: (...parts: readonly string[]) => string;
  readonly script: (lua: string) => Script;
};

export function createStore(redis: Redis | Cluster, prefix: string): Store {
  const key = (...parts: readonly string[]): string => `{${prefix}}:ledger:${parts.join(':')}`;
  return { redis, key, script: (lua) => createScript(redis, key, lua) };
}

function createScript(redis: Redis | Cluster, key: Store['key'], lua: string): Script {
  let sha: string | undefined;
  return async (keys, args) => {
    const names = keys.map((name) => key(name));
    sha ??= String(await redis.script('LOAD', lua));
    try {
      return await redis.evalsha(sha, names.length, ...names, ...args);
    } catch (error) {
      // A restarted Redis has forgotten its scripts.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(lua, names.length, ...names, ...args);
    }
  };
}
