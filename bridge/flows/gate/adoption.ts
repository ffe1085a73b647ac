import type { Gate } from '../../ledger/gates.ts';
import { type ChangeRecord, field, isCancelled, isClosed } from '../../model/change.ts';
import { awaitsDecision } from '../../model/decision.ts';
import { parseTags } from '../../model/tags.ts';
import { toIsoDate } from '../../model/time.ts';
import * as texts from './texts.ts';

/** How far (ms) ServiceNow's clock may be behind ours. */
const CLOCK_SKEW_MS = 60_000;

/**
 * Why a change that carries a gate's correlation id is not taken for the one that the bridge created; undefined where
 * it is. Anybody who may write changes can copy the id. `account` is the bridge's own user, where it is known.
 */
export function whyNotOurs(
  gate: Gate,
  record: ChangeRecord,
  account: string | undefined,
  tagsField: string,
): string | undefined {
  const by = field(record, 'sys_created_by');
  if (account === undefined) return texts.OWN_ACCOUNT_UNKNOWN;
  if (by !== account) return texts.createdBy(by);
  const createdOn = toIsoDate(field(record, 'sys_created_on'));
  if (createdOn === null || Date.parse(createdOn) < gate.created_at - CLOCK_SKEW_MS)
    return texts.CREATED_BEFORE;
  if (!hasTags(gate, record, tagsField)) return texts.OTHER_TAGS;
  if (!awaitsDecision(field(record, 'approval'))) return texts.DECIDED_ALREADY;
  return isClosed(record) || isCancelled(record) ? texts.CLOSED_ALREADY : undefined;
}

/** Where ServiceNow has no such column there is nothing to compare. */
function hasTags({ request: { pipeline } }: Gate, record: ChangeRecord, tagsField: string): boolean {
  if (record.fields[tagsField] === undefined) return true;
  const tags = parseTags(field(record, tagsField));
  return tags.gitlabProject === pipeline.project_id && tags.gitlabPipeline === pipeline.id;
}
