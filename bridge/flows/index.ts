import { changeLifecycle } from './change-lifecycle/index.ts';
import { changeSync } from './change-sync.ts';
import { decision } from './decision/index.ts';
import { deployment } from './deployment.ts';
import { gate } from './gate/index.ts';
import { pipelineResult } from './pipeline-result/index.ts';
import { pipelineTrigger } from './pipeline-trigger/index.ts';
import { portalAgent } from './portal-agent/index.ts';
import { portalApproval } from './portal-approval/index.ts';
import { portalCall } from './portal-call/index.ts';
import { portalRuns } from './portal-runs.ts';
import { reconcile } from './reconcile/index.ts';
import { runReport } from './run-report.ts';
import type { Flow } from './shared/flow.ts';
import { sweep } from './sweep.ts';

/** Every flow of the bridge. A new flow is one new room and one line here. */
export const FLOWS = [
  changeSync,
  decision,
  portalApproval,
  pipelineTrigger,
  pipelineResult,
  gate,
  deployment,
  changeLifecycle,
  runReport,
  portalAgent,
  portalCall,
  portalRuns,
  reconcile,
  sweep,
] as const satisfies readonly Flow[];

export type FlowName = (typeof FLOWS)[number]['name'];
