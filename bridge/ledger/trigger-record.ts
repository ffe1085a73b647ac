import { z } from 'zod';

export const TRIGGER_STATUSES = [
  'pending',
  'triggering',
  'triggered',
  'superseded',
  'parked',
  'abandoned',
  'held',
] as const;
export type TriggerStatus = (typeof TRIGGER_STATUSES)[number];

export const recordSchema = z.object({
  kind: z.enum(['decision', 'deploy']),
  /** What was decided, and on which change: only for a decision. */
  decision: z.enum(['approved', 'rejected']).optional(),
  sys_id: z.string().optional(),
  version: z.coerce.number().optional(),
  /** The decision on the same change before it, where something was done about that one. */
  follows: z.string().optional(),
  /** The run of the portal's deploy action: only for a deploy. */
  run_id: z.string().optional(),
  /** JSON of what the deploy action sent: only for a deploy. */
  request: z.string().optional(),
  /** Another run of the portal that is told of the same pipeline, and ends with it. */
  check_run: z.string().optional(),
  /** JSON of the run itself, for a pipeline that wants it. */
  payload: z.string().optional(),
  status: z.enum(TRIGGER_STATUSES),
  /** Grows with each attempt to call GitLab: the fence that a late worker cannot pass. */
  attempt: z.coerce.number(),
  /** Until when (ms) the present attempt may still be calling GitLab. */
  lease: z.coerce.number().default(0),
  project: z.string().optional(),
  ref: z.string().optional(),
  pipeline_id: z.string().optional(),
  pipeline_url: z.string().optional(),
  /** The pipeline that claimed the right to deploy. */
  claimed_by: z.string().optional(),
  /** Who decided and why, for people; and the developer's run that is told. Only for a decision. */
  sentence: z.string().optional(),
  decided_by: z.string().optional(),
  decided_why: z.string().optional(),
  deploy_run: z.string().optional(),
  /** Where it belongs to its gate's own pipeline: how that goes on, the job that is played, and what people are told. */
  mode: z.enum(['play', 'wait']).optional(),
  job_id: z.string().optional(),
  job_name: z.string().optional(),
  line: z.string().optional(),
  reason: z.string().optional(),
  /** Parked until this is mended in ServiceNow: then it goes on by itself, without an operator. */
  parked_for: z.enum(['window']).optional(),
  /** Its run is none of ours: nothing is written to it. */
  silent: z.stringbool().default(false),
  /** An operator has had the last word: doubts about the past are settled. */
  resolved: z.stringbool().default(false),
  created_at: z.coerce.number(),
  updated_at: z.coerce.number(),
});

/**
 * One immutable reason to start a pipeline, and how far it got. A decision's id is its change, what was decided
 * and the version at which it appeared; a deploy's id is its run.
 */
export type Trigger = z.output<typeof recordSchema> & { readonly id: string };

export type PipelineFacts = { readonly project: string; readonly id: string; readonly url: string };

/** What people are told of a record, and of the pipeline that it belongs to. */
export type Description = {
  readonly sentence?: string;
  readonly deploy_run?: string;
  readonly decided_by?: string;
  readonly decided_why?: string;
  readonly mode?: 'play' | 'wait';
  readonly job_id?: string;
  readonly job_name?: string;
  readonly line?: string;
};

/** A pipeline as fields of a record. */
export function factsOf({ project, id, url }: PipelineFacts): readonly string[] {
  return ['project', project, 'pipeline_id', id, 'pipeline_url', url];
}

/** Whether nothing can become of a record by itself any more. */
export function isFinished(status: TriggerStatus): boolean {
  return !isWaiting(status) && status !== 'triggering';
}

/** Whether nothing was done about a record yet: it is new, or waits for a hold or a window to end. */
export function isWaiting(status: TriggerStatus): boolean {
  return status === 'pending' || status === 'held';
}

/**
 * The pipeline that acts for a record: the one that claimed it, else the one that GitLab's answer named. They
 * differ where an answer was lost and the call repeated.
 */
export function actingPipeline(trigger: Trigger): { project: string; id: string } | undefined {
  const { claimed_by: claimed, pipeline_id: id, project } = trigger;
  if (claimed !== undefined) {
    const slash = claimed.indexOf('/');
    return { project: claimed.slice(0, slash), id: claimed.slice(slash + 1) };
  }
  return id === undefined || project === undefined ? undefined : { project, id };
}
