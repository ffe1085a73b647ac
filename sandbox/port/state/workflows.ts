import { invalid, notFound, taken } from '../api/errors.ts';
import { render } from '../engine/template.ts';
import { offer, withdraw } from './claims.ts';
import type { Actor, JsonObject } from './model.ts';
import type { Organisation } from './organisation.ts';
import { authored, iso, newId } from './store.ts';
import type {
  NodeRun,
  NodeRunPatch,
  WebhookNode,
  Workflow,
  WorkflowInput,
  WorkflowRun,
} from './workflow-model.ts';

/** @throws PortError 409 taken, 422 where the nodes are no chain that begins with the one trigger */
export function createWorkflow(org: Organisation, input: WorkflowInput, actor: Actor): Workflow {
  if (org.store.workflows.definitions.has(input.identifier)) throw taken('Workflow', input.identifier);
  const known = new Set(input.nodes.map((node) => node.identifier));
  if (known.size !== input.nodes.length) throw invalid('Every node needs an identifier of its own');
  for (const { sourceIdentifier, targetIdentifier } of input.connections) {
    for (const named of [sourceIdentifier, targetIdentifier]) {
      if (!known.has(named)) throw invalid(`A connection names node "${named}", which is not there`);
    }
  }
  if (input.nodes.filter((node) => node.config.type === 'SELF_SERVE_TRIGGER').length !== 1) {
    throw invalid('A workflow needs one trigger');
  }
  const workflow = { ...input, ...authored(org.clock, actor) };
  org.store.workflows.definitions.set(input.identifier, workflow);
  return workflow;
}

/** Starts a run; what was typed is the output of the trigger's node. @throws PortError 404 */
export async function startWorkflow(
  org: Organisation,
  identifier: string,
  inputs: JsonObject,
  actor: Actor,
): Promise<WorkflowRun> {
  const workflow = org.store.workflows.definitions.get(identifier);
  if (workflow === undefined) throw notFound('Workflow', identifier);
  const trigger = workflow.nodes.find((node) => node.config.type === 'SELF_SERVE_TRIGGER');
  const start = trigger?.identifier ?? '';
  const run: WorkflowRun = {
    identifier: newId('wfr_'),
    workflow: { identifier },
    status: 'IN_PROGRESS',
    result: null,
    variables: { outputs: { [start]: inputs } },
    createdBy: actor.id,
    createdAt: iso(org.clock),
    completedAt: null,
  };
  org.store.workflows.runs.set(run.identifier, run);
  await goOn(org, workflow, run, start);
  return run;
}

/** Reports on a node's run; its end takes the workflow further. @throws PortError 404, 422 where it has ended */
export async function patchNodeRun(org: Organisation, id: string, patch: NodeRunPatch): Promise<NodeRun> {
  const nodeRun = openNodeRun(org, id);
  if (patch.output !== undefined) nodeRun.output = patch.output;
  if (patch.status !== 'COMPLETED' || patch.result === undefined) return nodeRun;
  withdraw(nodeRun);
  Object.assign(nodeRun, { status: 'COMPLETED', result: patch.result, completedAt: iso(org.clock) });
  const run = org.store.workflows.runs.get(nodeRun.workflowRun.identifier);
  const workflow = org.store.workflows.definitions.get(run?.workflow.identifier ?? '');
  if (run === undefined || workflow === undefined) return nodeRun;
  run.variables.outputs[nodeRun.node.identifier] = nodeRun.output;
  if (patch.result === 'SUCCESS') await goOn(org, workflow, run, nodeRun.node.identifier);
  else end(org, run, patch.result);
  return nodeRun;
}

/** @throws PortError 404, 422 where it has ended */
export function addNodeLogs(
  org: Organisation,
  id: string,
  logs: { level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR'; message: string }[],
): NodeRun {
  const nodeRun = openNodeRun(org, id);
  nodeRun.nodeRunLogs.push(...logs.map((log) => ({ ...log, createdAt: iso(org.clock) })));
  return nodeRun;
}

function openNodeRun(org: Organisation, id: string): NodeRun {
  const nodeRun = org.store.workflows.nodeRuns.get(id);
  if (nodeRun === undefined) throw notFound('WorkflowNodeRun', id);
  if (nodeRun.status === 'COMPLETED') {
    throw invalid(`Node run "${id}" has already ended as ${nodeRun.result} and can no longer be changed`);
  }
  return nodeRun;
}

async function goOn(org: Organisation, workflow: Workflow, run: WorkflowRun, from: string): Promise<void> {
  const next = workflow.connections.find((each) => each.sourceIdentifier === from)?.targetIdentifier;
  const config = workflow.nodes.find((node) => node.identifier === next)?.config;
  if (next === undefined || config?.type !== 'WEBHOOK') return end(org, run, 'SUCCESS');
  const nodeRun: NodeRun = {
    identifier: newId('wfnr_'),
    workflowRun: { identifier: run.identifier },
    node: { identifier: next },
    status: 'IN_PROGRESS',
    result: null,
    config: await rendered(org, config, run),
    output: {},
    nodeRunLogs: [],
    createdAt: iso(org.clock),
    completedAt: null,
  };
  offer(org, nodeRun);
  org.store.workflows.nodeRuns.set(nodeRun.identifier, nodeRun);
}

// A worker that polls is never told a secret.
async function rendered(org: Organisation, config: WebhookNode, run: WorkflowRun): Promise<JsonObject> {
  const secrets = Object.fromEntries(Object.keys(org.secrets).map((name) => [name, '******']));
  const filled: JsonObject = {};
  for (const [name, value] of Object.entries(config)) {
    filled[name] = await render(value, { outputs: run.variables.outputs, secrets });
  }
  return filled;
}

function end(org: Organisation, run: WorkflowRun, result: 'SUCCESS' | 'FAILED' | 'CANCELLED'): void {
  Object.assign(run, { status: 'COMPLETED', result, completedAt: iso(org.clock) });
}
