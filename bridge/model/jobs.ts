/**
 * The flows, each of which runs on a queue of the same name. The sweep has the schedule's ticks: they are short,
 * and go on while a long reconcile runs or is paused.
 */
export const FLOWS = [
  'change-sync',
  'portal-approval',
  'pipeline-trigger',
  'pipeline-result',
  'gate',
  'run-report',
  'reconcile',
  'sweep',
] as const;
export type FlowName = (typeof FLOWS)[number];

/**
 * Asks for a run of a flow for one key. Durable once it resolves; asking again while a run is waiting or
 * active leads to at least one run that starts after the last request.
 */
export type Enqueue = (flow: FlowName, key: string, how?: EnqueueOptions) => Promise<void>;

export type EnqueueOptions = {
  /** Do nothing where a run is waiting (also for its backoff) or active. */
  readonly ifIdle?: boolean;
};

/** Milliseconds since the epoch. */
export type Clock = () => number;
