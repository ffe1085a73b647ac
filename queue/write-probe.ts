import type { Cluster, Redis } from 'ioredis';

/** A key that nobody has, in the slot of a cluster where the default prefix puts everything. */
const KEY = '{changebridge}:write-probe';

/**
 * What Redis says to a write: undefined where it takes one, else its error (READONLY, OOM, MISCONF, LOADING,
 * CLUSTERDOWN, …) or the connection's. Writes nothing: `SET … XX` sets only what is there. Where access rules keep
 * this key from the bridge (NOPERM) nothing can be said, and nothing is held against Redis.
 */
export async function refusalOfWrites(connection: Redis | Cluster): Promise<Error | undefined> {
  try {
    await connection.set(KEY, '', 'XX');
    return undefined;
  } catch (error) {
    const refusal = error instanceof Error ? error : new Error(String(error));
    return refusal.message.startsWith('NOPERM') ? undefined : refusal;
  }
}
