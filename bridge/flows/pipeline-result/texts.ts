// Everything that people read about how a pipeline ended.

export const DEPLOYED = '✅ The service was deployed.';

export const CHECKED =
  '✅ The pipeline of the check has ended. Whether the service was deployed, or waits for a change request, stands on the run of the deployment.';

export function pipelineEnded(id: string, status: string): string {
  return `Pipeline ${id} ended as "${status}".`;
}

export function afterTheEnd(line: string, run: string): string {
  return `${line} Run ${run} of the portal had ended before, so it does not show that.`;
}

export function pipelineFailed(status: string, url: string): string {
  return `❌ The pipeline ended as "${status}": ${url}`;
}

export function deploymentFailed(id: string, status: string, url: string): string {
  return `❌ The deployment failed. ${pipelineEnded(id, status)} ${url}`;
}

/** Why the end of a pipeline waits. */
export const START_FIRST = 'People are told of the pipeline’s start first.';
