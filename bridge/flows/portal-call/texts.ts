// Everything that people read about a run that only told the bridge of something.

export const STILL_UNDER_WAY =
  'The bridge has taken note and is still at work: a system does not answer, or somebody has to decide. What becomes of it stands in its timeline.';

export const OPEN_RUNS =
  'The bridge looks at every open run of the approve action and writes its decision to ServiceNow, once. The outcome stands on that run.';

export const NODE_TAKES_NO_END =
  'Port takes no end for this run of a workflow’s node: it has ended, or it is gone.';

export function unreadable(problem: string): string {
  return `The bridge cannot read what this run sent. ${problem} Mend the body of the action or automation.`;
}

export function noChange(sysId: string): string {
  return `ServiceNow has no change ${sysId}, or does not show it to the bridge.`;
}

export function undecided(change: string): string {
  return `${change} awaits no pipeline: it is not decided in ServiceNow.`;
}

export function noApproval(run: string): string {
  return `Run ${run} decides nothing: it belongs to another action than PORT_APPROVE_ACTION, it has ended, or the portal does not have it.`;
}

export function decisionOn(change: string): string {
  return `The decision on ${change}`;
}

export function deploymentOf(run: string): string {
  return `The deployment of run ${run}`;
}

export function started(what: string, pipeline: string, url: string): string {
  return `${what} has its one pipeline, ${pipeline}: ${url}`;
}

export function waits(what: string, reason: string): string {
  return `${what} waits for its pipeline. ${reason}`;
}

export function noPipeline(what: string, reason: string): string {
  return `${what} started no pipeline. ${reason}`;
}
