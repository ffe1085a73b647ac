import { z } from 'zod';
import type { Project } from '../options.ts';

export const PIPELINE_STATUSES = [
  'created',
  'waiting_for_resource',
  'preparing',
  'pending',
  'running',
  'success',
  'failed',
  'canceled',
  'skipped',
  'manual',
  'scheduled',
] as const;

export type PipelineStatus = (typeof PIPELINE_STATUSES)[number];
export type JobStatus = PipelineStatus;
export type FinalStatus = 'success' | 'failed' | 'canceled';

export type Variable = { key: string; value: string; variable_type: 'env_var' | 'file' };

export const PIPELINE_SOURCES = [
  'push',
  'web',
  'trigger',
  'schedule',
  'api',
  'external',
  'pipeline',
  'chat',
  'merge_request_event',
  'parent_pipeline',
] as const;

export type PipelineSource = (typeof PIPELINE_SOURCES)[number];

/** What a branch points to. */
export type Commit = { sha: string; ref: string; authorName: string; authorEmail: string; at: number };

/** All times are milliseconds since 1970. */
export type Job = {
  id: number;
  name: string;
  stage: string;
  status: JobStatus;
  when: 'on_success' | 'manual';
  environment: string | null;
  /** Its failure does not fail the pipeline. */
  allowFailure: boolean;
  failureReason: string | null;
  /** Another job took its place: GitLab runs a job that has ended anew as a new one. */
  retried: boolean;
  createdAt: number;
  startedAt: number | null;
  finishedAt: number | null;
  log: string[];
};

export type Pipeline = {
  id: number;
  iid: number;
  project: Project;
  sha: string;
  ref: string;
  source: PipelineSource;
  name: string | null;
  status: PipelineStatus;
  yamlErrors: string | null;
  coverage: number | null;
  variables: Variable[];
  payload: TriggerPayload;
  jobs: Job[];
  /** What its gate job found: the threshold is reached, an approval is asked for, or it was declined. */
  gate: 'passed' | 'asked' | 'declined' | null;
  /** The gate that it asked for. */
  gateId: string | null;
  createdAt: number;
  updatedAt: number;
  startedAt: number | null;
  finishedAt: number | null;
};

/** A deployment that took place: the effect outside that must not happen twice. */
export type Deployment = {
  id: number;
  project_id: number;
  pipeline_id: number;
  decision_id: string | null;
  change_number: string | null;
  system_id: string | null;
  deploy_run_id: string | null;
  entity: string;
  environment: string;
  ref: string;
  sha: string;
  created_at: string;
};

const text = z.string().min(1).optional().catch(undefined);

const payloadSchema = z.object({
  approval_status: text,
  decision_id: text,
  decided_by: text,
  reason: text,
  system_id: text,
  change_number: text,
  deploy_run_id: text,
  entity: z
    .union([z.string().min(1), z.object({ identifier: z.string() }).transform((e) => e.identifier)])
    .optional()
    .catch(undefined),
  environment: text,
  coverage: z.coerce.number().min(0).max(100).optional().catch(undefined),
  port_context: z.object({ runId: text }).optional().catch(undefined),
});

/** What the pipeline reads from TRIGGER_PAYLOAD. A field of the wrong type counts as absent, as with `jq -r`. */
export type TriggerPayload = z.output<typeof payloadSchema>;

/** Reads a trigger's body the way the pipeline's jobs do; never fails. */
export function parsePayload(body: unknown): TriggerPayload {
  const parsed = payloadSchema.safeParse(body);
  return parsed.success ? parsed.data : payloadSchema.parse({});
}

export function isFinal(status: PipelineStatus): status is FinalStatus {
  return status === 'success' || status === 'failed' || status === 'canceled';
}
