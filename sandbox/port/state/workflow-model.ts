import { z } from 'zod';
import type { Claimable } from './claims.ts';
import type { Authorship, JsonObject } from './model.ts';

const IDENTIFIER = /^(?!\.{1,2}$)[\p{L}0-9@_.+:=-]+$/u;
const jsonObject = z.record(z.string(), z.unknown());

const trigger = z.looseObject({ type: z.literal('SELF_SERVE_TRIGGER') });
const webhook = z.strictObject({
  type: z.literal('WEBHOOK'),
  url: z.string().min(1),
  agent: z.literal(
    true,
    'must be true: this stand-in hands webhook nodes to an agent, and calls nobody itself',
  ),
  synchronized: z.boolean().optional(),
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: jsonObject.optional(),
});
const node = z.strictObject({
  identifier: z.string().regex(IDENTIFIER),
  title: z.string().optional(),
  icon: z.string().optional(),
  description: z.string().optional(),
  config: z.discriminatedUnion('type', [trigger, webhook]),
});
const connection = z.strictObject({ sourceIdentifier: z.string(), targetIdentifier: z.string() });

/** A workflow: one trigger, and webhook nodes one after another. */
export const workflowInput = z.strictObject({
  identifier: z.string().regex(IDENTIFIER),
  title: z.string().optional(),
  icon: z.string().optional(),
  description: z.string().optional(),
  allowAnyoneToViewRuns: z.boolean().optional(),
  nodes: z.array(node).min(2),
  connections: z.array(connection).min(1),
});
export type WorkflowInput = z.infer<typeof workflowInput>;
export type Workflow = WorkflowInput & Authorship;
export type WebhookNode = z.infer<typeof webhook>;

export const workflowRunInput = z.strictObject({ inputs: jsonObject.default({}) });

const log = z.strictObject({
  level: z.enum(['DEBUG', 'INFO', 'WARN', 'ERROR']),
  message: z.string().min(1),
});
export const nodeLogsInput = z.strictObject({ logs: z.array(log).min(1) });

const result = z.enum(['SUCCESS', 'FAILED', 'CANCELLED']);
export const nodeRunPatch = z
  .strictObject({
    status: z.enum(['IN_PROGRESS', 'COMPLETED']).optional(),
    result: result.optional(),
    output: jsonObject.optional(),
  })
  .refine(
    (patch) => (patch.status === 'COMPLETED') === (patch.result !== undefined),
    'must have a result where the status is COMPLETED, and none elsewhere',
  );
export type NodeRunPatch = z.infer<typeof nodeRunPatch>;

/** One execution of a node. `config` is what its templates rendered. */
export interface NodeRun extends Claimable {
  identifier: string;
  workflowRun: { identifier: string };
  node: { identifier: string };
  status: 'IN_PROGRESS' | 'COMPLETED';
  result: z.infer<typeof result> | null;
  config: JsonObject;
  output: JsonObject;
  nodeRunLogs: (z.infer<typeof log> & { createdAt: string })[];
  createdAt: string;
  completedAt: string | null;
}

/** One execution of a workflow. */
export interface WorkflowRun {
  identifier: string;
  workflow: { identifier: string };
  status: 'IN_PROGRESS' | 'COMPLETED';
  result: z.infer<typeof result> | null;
  variables: { outputs: Record<string, JsonObject> };
  createdBy: string;
  createdAt: string;
  completedAt: string | null;
}

export interface Workflows {
  definitions: Map<string, Workflow>;
  runs: Map<string, WorkflowRun>;
  nodeRuns: Map<string, NodeRun>;
}
