import { z } from 'zod';
import type { Trigger } from '../../ledger/triggers.ts';
import { labelOf } from './choices.ts';
import { isoTime } from './time.ts';

const requestSchema = z
  .string()
  .transform((text, c): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      c.addIssue({ code: 'custom', message: 'is no JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), z.unknown()))
  .catch({});

/**
 * What is shown of a decision, or of a request to deploy. `attempt` is how often GitLab has been called for it; `mode` and
 * `job` are there where it belongs to its gate's own pipeline.
 */
export function presentDecision(trigger: Trigger) {
  const { decision, request } = trigger;
  return {
    id: trigger.id,
    kind: trigger.kind,
    ...(decision === undefined ? {} : { decision, decision_label: labelOf('approval', decision) }),
    sys_id: trigger.sys_id,
    version: trigger.version,
    run_id: trigger.run_id,
    ...(request === undefined ? {} : { request: requestSchema.parse(request) }),
    status: trigger.status,
    attempt: trigger.attempt,
    project: trigger.project,
    ref: trigger.ref,
    pipeline_id: trigger.pipeline_id,
    pipeline_url: trigger.pipeline_url,
    mode: trigger.mode,
    job: trigger.job_name,
    claimed_by: trigger.claimed_by,
    sentence: trigger.sentence,
    deploy_run: trigger.deploy_run,
    reason: trigger.reason,
    resolved: trigger.resolved,
    created_at: isoTime(trigger.created_at),
    updated_at: isoTime(trigger.updated_at),
  };
}
