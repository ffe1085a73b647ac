import type { Gate } from '../../ledger/gates.ts';
import { formatTags } from '../../model/tags.ts';
import type { Resolved } from './references.ts';
import * as texts from './texts.ts';

/** ServiceNow's length of short_description. */
const TITLE_CHARS = 160;
const DESCRIPTION_CHARS = 4_000;

/** Who is behind a gate, as far as it is known: the developer's run that started the pipeline, and the developer. */
export type Behind = { readonly deployRun?: string | undefined; readonly requester?: string | undefined };

/** What the configuration says of every new change. */
export type Opening = {
  readonly tagsField: string;
  readonly requestApproval: 'state' | 'field' | 'none';
};

/**
 * The fields of the change request that a gate creates. Its id goes along as correlation_id, to find it again.
 */
export function newChange(
  gate: Gate,
  { fields, unresolved }: Resolved,
  { tagsField, requestApproval }: Opening,
  { deployRun, requester }: Behind,
): Record<string, string> {
  const { short_description: title = texts.titleOf(gate.request) } = fields;
  return {
    ...fields,
    short_description: title.slice(0, TITLE_CHARS),
    description: descriptionOf(gate, requester, unresolved),
    ...(requestApproval === 'field' ? { approval: 'requested' } : {}),
    correlation_id: gate.id,
    correlation_display: 'Changebridge gate',
    [tagsField]: tagsOf(gate, deployRun),
  };
}

/**
 * What the pipeline says, then what the bridge says, a line for each fact. The portal shows the last line of a kind,
 * and facts are never cut off: so nothing that a pipeline says can pose as one.
 */
function descriptionOf(
  { request }: Gate,
  requester: string | undefined,
  unresolved: readonly string[],
): string {
  const { change, service, environment, evidence, pipeline } = request;
  const facts = [
    // ServiceNow drops a service from its own field that it does not know by this name.
    ...(service === undefined ? [] : [texts.serviceLine(service)]),
    ...(environment === undefined ? [] : [texts.environmentLine(environment)]),
    texts.requesterLine(requester),
    ...(pipeline.sha === undefined ? [] : [texts.commitLine(pipeline.sha)]),
    ...(pipeline.url === undefined ? [] : [texts.pipelineLine(pipeline.url)]),
    ...unresolved,
  ];
  const told = [change['description'] ?? request.reason, ...evidence.map(texts.checkLine).map(onOneLine)];
  const end = facts.map(onOneLine).join('\n');
  return `${told.join('\n').slice(0, DESCRIPTION_CHARS - end.length - 1)}\n${end}`;
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
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
