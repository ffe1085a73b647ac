import { isFinal } from '../../ledger/pipelines.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import type { GitLabJob } from '../../outbound/gitlab.ts';
import type { FlowSettings } from '../shared/context.ts';
import { authorOf, describe, type Described } from './author.ts';
import { findDeployJob, progressOf } from './deploy-job.ts';
import type { DecisionFacts } from './gather.ts';
import type { OwnFacts, Seen } from './gather-own.ts';
import { heldPlan, notYetKnown, notYetShown, type Plan } from './plans.ts';
import * as texts from './texts.ts';

/** How often (ms) a pipeline that has not come to its job is looked at, should no hook tell of it. */
const AHEAD_POLL_MS = 15_000;
/** How often (ms) GitLab is asked again that does not accept the token. */
const LOCKED_OUT_POLL_MS = 60_000;

type Case = {
  readonly trigger: Trigger;
  readonly own: OwnFacts;
  readonly described: Described | undefined;
};

/**
 * What to do about a decision that belongs to its gate's own pipeline. A job that has started for it is left alone,
 * whatever else is known: GitLab would run it anew.
 */
export function planOwn(
  trigger: Trigger,
  facts: DecisionFacts,
  own: OwnFacts,
  settings: FlowSettings,
  now: number,
): Plan {
  const author = authorOf(facts, now);
  // What was decided is told as it was when the bridge acted on it.
  const isDescribed = trigger.sentence !== undefined && facts.notStanding !== undefined;
  const described = author === undefined || isDescribed ? undefined : describe(facts, author);
  const its = { trigger, own, described };
  if (isTaken(trigger, own)) return author === undefined ? notYetKnown() : handOn(its, takenLine(its));
  if (facts.untilReadCounts > 0) return notYetShown(facts.untilReadCounts);
  if (facts.notStanding !== undefined) return { kind: 'superseded', reason: facts.notStanding.reason };
  if (facts.decision === 'rejected') {
    return author === undefined ? notYetKnown() : handOn(its, texts.leftAlone(own));
  }
  if (own.withdrawn !== undefined) return { kind: 'abandoned', reason: own.withdrawn };
  if (facts.held !== undefined) return heldPlan(facts.held, now);
  if (author === undefined) return notYetKnown();
  if (own.mode === 'wait') return handOn(its, hasFailed(own) ? texts.hadEnded(own) : texts.goesOn(own));
  return planSeen(its, own.seen, settings, now);
}

/** Whether the pipeline acts for the decision already: it has claimed it, or the job of an attempt has started. */
function isTaken(trigger: Trigger, { environment, seen }: OwnFacts): boolean {
  if (trigger.claimed_by !== undefined) return true;
  if (trigger.attempt === 0 || seen?.kind !== 'seen') return false;
  const found = findDeployJob(seen.jobs, environment, knownJob(trigger));
  return found.kind === 'one' && ['under-way', 'succeeded', 'ended'].includes(progressOf(found.job));
}

function takenLine({ trigger, own }: Case): string {
  const { job_name: job } = trigger;
  return job === undefined ? texts.goesOn(own) : texts.played(own, job);
}

function planSeen(its: Case, seen: Seen | undefined, settings: FlowSettings, now: number): Plan {
  const { own, trigger } = its;
  if (seen === undefined) return { kind: 'parked', reason: texts.DAMAGED };
  if (seen.kind === 'locked-out') return { kind: 'held', reason: seen.why, ms: LOCKED_OUT_POLL_MS };
  if (seen.kind === 'refused') return { kind: 'parked', reason: texts.notShown(own, seen.status, seen.why) };
  const { pipeline, jobs } = seen;
  if (own.sha !== undefined && pipeline.sha !== '' && pipeline.sha !== own.sha) {
    return { kind: 'parked', reason: texts.otherCommit(own, own.sha, pipeline.sha) };
  }
  const found = findDeployJob(jobs, own.environment, knownJob(trigger));
  if (found.kind === 'several') return { kind: 'parked', reason: texts.severalJobs(own, found.jobs) };
  const hasEnded = isFinal(pipeline.status);
  if (found.kind === 'one') return planJob(its, found.job, hasEnded, settings, now);
  if (hasEnded) return { kind: 'parked', reason: texts.noJob(own) };
  return { kind: 'held', reason: texts.notThereYet(own), ms: AHEAD_POLL_MS };
}

function planJob(its: Case, job: GitLabJob, hasEnded: boolean, settings: FlowSettings, now: number): Plan {
  const { own, trigger, described } = its;
  const progress = progressOf(job);
  if (progress === 'waits') {
    const left = settings.settleMs - (now - trigger.updated_at);
    if (trigger.status === 'triggering' && left > 0)
      return { kind: 'wait', why: texts.MAY_STILL_TAKE_EFFECT, ms: left };
    return { kind: 'play', own, job, ...(described === undefined ? {} : { described }) };
  }
  if (progress === 'under-way' || progress === 'succeeded') return handOn(its, texts.startedByHand(own, job));
  if (progress === 'skipped') return { kind: 'parked', reason: texts.skipped(own, job) };
  if (progress === 'ahead' && !hasEnded)
    return { kind: 'held', reason: texts.notThereYet(own), ms: AHEAD_POLL_MS };
  return { kind: 'parked', reason: texts.waitsNoLonger(own, job) };
}

function handOn({ own, described }: Case, line: string): Plan {
  return { kind: 'hand-on', own, line, ...(described === undefined ? {} : { described }) };
}

function knownJob({ job_id: id, job_name: name }: Trigger): { id: string; name: string } | undefined {
  return id === undefined || name === undefined ? undefined : { id, name };
}

function hasFailed({ status = '' }: OwnFacts): boolean {
  return isFinal(status) && status !== 'success';
}
