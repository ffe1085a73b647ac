import type { Gate } from '../../ledger/gates.ts';
import { formatTags } from '../../model/tags.ts';
import * as texts from './texts.ts';

/** ServiceNow's length of short_description. */
const TITLE_CHARS = 160;
const DESCRIPTION_CHARS = 4_000;

/**
 * The fields of the change request that a gate creates. Its id goes along as correlation_id, to find it again.
 * `deployRun` is the developer's run that started the pipeline, where there is one.
 */
export function newChange(
  gate: Gate,
  tagsField: string,
  deployRun: string | undefined,
): Record<string, string> {
  const { change, service } = gate.request;
  return {
    short_description: texts.titleOf(gate.request).slice(0, TITLE_CHARS),
    ...(service === undefined ? {} : { business_service: service }),
    ...change,
    description: descriptionOf(gate).slice(0, DESCRIPTION_CHARS),
    approval: 'requested',
    correlation_id: gate.id,
    correlation_display: 'Changebridge gate',
    [tagsField]: tagsOf(gate, deployRun),
  };
}

/** A service that ServiceNow does not know by this name is dropped from its own field, but not from the description. */
function descriptionOf({ request }: Gate): string {
  const { change, service, environment, evidence, pipeline } = request;
  const lines = [
    change['description'] ?? request.reason,
    ...(service === undefined ? [] : [texts.serviceLine(service)]),
    ...(environment === undefined ? [] : [texts.environmentLine(environment)]),
    ...evidence.map(texts.checkLine),
    ...(pipeline.sha === undefined ? [] : [texts.commitLine(pipeline.sha)]),
    ...(pipeline.url === undefined ? [] : [texts.pipelineLine(pipeline.url)]),
  ];
  return lines.join('\n');
}

function tagsOf({ request: { pipeline, tags } }: Gate, deployRun: string | undefined): string {
  return formatTags({
    ...(deployRun === undefined ? {} : { deployRun }),
    gitlabProject: pipeline.project_id,
    gitlabPipeline: pipeline.id,
    ...(pipeline.ref === undefined ? {} : { gitlabRef: pipeline.ref }),
    others: tags,
  });
}
