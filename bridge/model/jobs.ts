/**
 * Asks for a run of a flow for one key. Durable once it resolves; asking again while a run is waiting or
 * active leads to at least one run that starts after the last request. With `ifIdle`, does nothing where a run is
 * waiting (also for its backoff) or active.
 */
export type Enqueue<Name extends string = string> = (
  flow: Name,
  key: string,
  how?: { readonly ifIdle?: boolean },
) => Promise<void>;

/** Milliseconds since the epoch. */
export type Clock = () => number;

/** What a replay of a dead letter would do now. A run that finds its work done does nothing. */
export type ReplayEffect = 'would_apply' | 'already_applied' | 'superseded' | 'unsafe';
