import { z } from 'zod';
import { sysIdSchema } from '../../model/change.ts';
import { type Decision, toDecision } from '../../model/decision.ts';
import type { Run } from '../../outbound/port.ts';
import { isSentTo } from '../shared/sent-here.ts';
import * as texts from './texts.ts';

/** What a run of the approve action asks for, by its own properties. */
export type RunInputs = { readonly sysId: string; readonly decision: Decision; readonly reason: string };

/** `alien`: the run is no order to decide anything, and is not ours to write to. `nonsense`: it asks for nothing. */
export type RunReading =
  | { readonly kind: 'inputs'; readonly run: Run; readonly inputs: RunInputs }
  | { readonly kind: 'alien'; readonly reason: string }
  | { readonly kind: 'nonsense'; readonly reason: string };

const inputsSchema = z.looseObject({
  approval_status: z.enum(['approved', 'declined', 'rejected']),
  reason: z.string().max(2000).nullish(),
});

/** Reads a run as the portal's API showed it; undefined where the portal knows no such run. */
export function readRunInputs(run: Run | undefined, approveAction: string): RunReading {
  if (run === undefined) return { kind: 'alien', reason: texts.NO_SUCH_RUN };
  if (run.action !== approveAction) {
    const kind = run.status === 'IN_PROGRESS' && isSentTo(run, 'approve') ? 'nonsense' : 'alien';
    return { kind, reason: texts.otherAction(run.action) };
  }
  if (run.status !== 'IN_PROGRESS') return { kind: 'alien', reason: texts.runHasEnded(run.status) };
  const inputs = inputsSchema.safeParse(run.properties);
  if (!inputs.success) return { kind: 'nonsense', reason: texts.NO_DECISION };
  const sysId = sysIdSchema.safeParse(run.entity);
  if (!sysId.success) return { kind: 'nonsense', reason: texts.NO_CHANGE };
  const { approval_status: status, reason } = inputs.data;
  return {
    kind: 'inputs',
    run,
    inputs: { sysId: sysId.data, decision: toDecision(status), reason: onOneLine(reason ?? '') },
  };
}

/** Whoever writes a reason writes no lines of their own into a work note. */
function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
