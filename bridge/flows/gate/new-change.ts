import type { Gate } from '../../ledger/gates.ts';
import { formatTags } from '../../model/tags.ts';
import * as texts from './texts.ts';

/** The fields of the change request that a gate creates. Its id goes along as correlation_id, to find it again. */
export function newChange(gate: Gate, tagsField: string): Record<string, string> {
  const { request } = gate;
  return {
    short_description: request.short_description ?? texts.DEFAULT_TITLE,
    description: descriptionOf(gate),
    ...(request.priority === undefined ? {} : { priority: request.priority }),
    ...(request.category === undefined ? {} : { category: request.category }),
    ...(request.business_service === undefined ? {} : { business_service: request.business_service }),
    approval: 'requested',
    correlation_id: gate.id,
    correlation_display: 'Changebridge gate',
    [tagsField]: tagsOf(gate),
  };
}

/** A service that ServiceNow does not know by this name is dropped from its own field, but not from the description. */
function descriptionOf({ request }: Gate): string {
  const lines = [
    request.description ?? request.reason,
    ...(request.business_service === undefined ? [] : [texts.serviceLine(request.business_service)]),
    ...(request.pipeline?.url === undefined ? [] : [texts.pipelineLine(request.pipeline.url)]),
  ];
  return lines.join('\n');
}

function tagsOf({ request }: Gate): string {
  const { deploy_run_id: deployRun, pipeline } = request;
  return formatTags({
    ...(deployRun === undefined ? {} : { deployRun }),
    ...(pipeline === undefined ? {} : { gitlabProject: pipeline.project_id, gitlabPipeline: pipeline.id }),
    ...(pipeline?.ref === undefined ? {} : { gitlabRef: pipeline.ref }),
    others: request.tags ?? [],
  });
}
