import type { Trigger } from '../../ledger/triggers.ts';
import type { AskedPipeline } from '../../model/pipeline-run.ts';
import type { DeployRequest } from './deploy-request.ts';

const DEFAULT_REF = 'main';

/** The ref of a pipeline that a run asks for: an input `ref` goes over the action's own, and that over `main`. */
export function refOf({ inputs }: DeployRequest, { defaultRef = DEFAULT_REF }: AskedPipeline): string {
  const { ref } = inputs;
  return typeof ref === 'string' && ref !== '' ? ref : defaultRef;
}

/**
 * What Port's agent would start the pipeline with: the inputs as variables, all of them text, and the run's JSON as
 * `port_payload`, each unless the action leaves it out.
 * @see https://docs.port.io/actions-and-automations/setup-backend/gitlab-pipeline/self-hosted
 */
export function pipelinePayload(
  request: DeployRequest,
  { omitUserInputs, omitPayload, variables: made }: AskedPipeline,
  { payload }: Trigger,
): Record<string, unknown> {
  const variables = variablesOf(omitUserInputs ? made : (made ?? request.inputs));
  return {
    ...(Object.keys(variables).length === 0 ? {} : { variables }),
    ...(omitPayload || payload === undefined ? {} : { port_payload: JSON.parse(payload) }),
  };
}

/** GitLab takes nothing but text. An input that was left empty is no variable. */
function variablesOf(values: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  const told = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(
    told.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );
}
