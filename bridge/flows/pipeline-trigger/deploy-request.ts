import { z } from 'zod';
import { askedPipelineSchema } from '../../model/pipeline-run.ts';
import type { Run } from '../../outbound/port.ts';
import type { Trigger } from '../../ledger/triggers.ts';

/** What the portal's deploy action asked for, as it was accepted. */
const deployRequestSchema = z.object({
  runId: z.string(),
  entity: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()),
  /** The pipeline of another project that the run asks for by itself. */
  pipeline: askedPipelineSchema.optional(),
});
export type DeployRequest = z.output<typeof deployRequestSchema>;

/** The request that a deploy record carries. Throws a ZodError where the record is damaged. */
export function requestOf(trigger: Trigger): DeployRequest {
  return deployRequestSchema.parse(JSON.parse(trigger.request ?? '{}'));
}

/** What a run asks for, by what the portal's API says of it. Which pipeline it wants only its invocation tells. */
export function requestOfRun(run: Run, { pipeline }: DeployRequest): DeployRequest {
  const { id: runId, properties: inputs, entity } = run;
  return {
    runId,
    inputs,
    ...(typeof entity === 'string' ? { entity } : {}),
    ...(pipeline === undefined ? {} : { pipeline }),
  };
}

/** Names that mean something to the bridge, to its pipelines or to GitLab's own API. */
const RESERVED = new Set([
  'approval_status',
  'system_id',
  'change_number',
  'deploy_run_id',
  'decision_id',
  'decided_by',
  'reason',
  'port_context',
  'entity',
  'id',
  'token',
  'ref',
  'variables',
  'inputs',
]);

/** What people typed, without whatever could pose as a field of the bridge or of GitLab. */
export function inputsOf(request: DeployRequest): Record<string, unknown> {
  const typed = Object.entries(request.inputs).filter(([name]) => !RESERVED.has(name));
  return {
    ...Object.fromEntries(typed),
    ...(request.entity === undefined ? {} : { entity: request.entity }),
  };
}
