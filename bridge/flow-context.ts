import type { Config } from './config.ts';
import { FLOWS } from './flows/index.ts';
import type { FlowContext, FlowSettings } from './flows/shared/context.ts';
import type { BridgeOptions, Timings } from './service.ts';

const PAGE_ROWS = 1_000;

/** What the flows are handed: the parts of the bridge, and what the configuration says to them. */
export function flowContext(
  { config, clock, log, pageRows = PAGE_ROWS }: BridgeOptions,
  timings: Timings,
  parts: Pick<FlowContext, 'ledger' | 'servicenow' | 'port' | 'gitlab' | 'enqueue'>,
): FlowContext {
  const owingFlows = FLOWS.filter((flow) => flow.owes).map((flow) => flow.name);
  return { ...parts, owingFlows, clock, log, settings: flowSettings(config, timings, pageRows) };
}

function flowSettings(config: Config, timings: Timings, pageRows: number): FlowSettings {
  const others = config.GITLAB_TRIGGER_TOKENS.map((text): [string, string] => {
    const colon = text.indexOf(':');
    return [text.slice(0, colon), text.slice(colon + 1)];
  });
  return {
    tagsField: config.SERVICENOW_TAGS_FIELD,
    changeDefaults: config.SERVICENOW_CHANGE_DEFAULTS,
    requestApproval: config.SERVICENOW_REQUEST_APPROVAL,
    changeQuery: config.SERVICENOW_CHANGE_QUERY,
    approvalMode: config.SERVICENOW_APPROVAL_MODE,
    selfApproval: config.APPROVAL_SELF_APPROVAL,
    changeWindow: config.CHANGE_WINDOW,
    lifecycle: config.CHANGE_LIFECYCLE,
    changeBlueprint: config.PORT_CHANGE_BLUEPRINT,
    approveAction: config.PORT_APPROVE_ACTION,
    deploymentBlueprint: config.PORT_DEPLOYMENT_BLUEPRINT,
    deployActions: config.PORT_DEPLOY_ACTIONS,
    agent:
      config.PORT_AGENT === 'poll' && config.BRIDGE_PUBLIC_URL !== undefined
        ? { address: config.BRIDGE_PUBLIC_URL, claimMs: timings.claimMs }
        : undefined,
    gitlabProject: config.GITLAB_PROJECT_ID,
    gitlabRef: config.GITLAB_REF,
    triggerTokens: new Map([...others, [config.GITLAB_PROJECT_ID, config.GITLAB_TRIGGER_TOKEN]]),
    projectToken: config.projectToken,
    leaseMs: timings.callMs + 5_000,
    settleMs: timings.settleMs,
    pageRows,
  };
}
