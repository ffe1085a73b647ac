import type { Held } from '../../model/standing.ts';
import type { GitLabJob, GitLabPipeline, Route } from '../../outbound/gitlab.ts';
import type { Described } from './author.ts';
import type { DeployRequest } from './deploy-request.ts';
import type { OwnFacts } from './gather-own.ts';
import * as texts from './texts.ts';

/** What starts a pipeline: where, with which payload, and what people are told of it. */
export type Go = {
  readonly kind: 'go';
  readonly route: Route;
  readonly payload: Readonly<Record<string, unknown>>;
  /** What the deploy run asks for, by its own properties: the pipeline after the decision gets it too. */
  readonly request?: DeployRequest;
  readonly described?: Described;
};

/** Starts the job of the gate's own pipeline that waits. */
export type Play = {
  readonly kind: 'play';
  readonly own: OwnFacts;
  readonly job: GitLabJob;
  readonly described?: Described;
};

/** The gate's own pipeline knows, or will find out, what was decided: nothing is called. */
export type HandOn = {
  readonly kind: 'hand-on';
  readonly own: OwnFacts;
  /** What people are told of it. */
  readonly line: string;
  readonly described?: Described;
};

/** How a record ends without a pipeline. `instead` is the decision that took its place. */
export type End = {
  readonly kind: 'superseded' | 'parked' | 'abandoned';
  readonly reason: string;
  /** The run is none of ours: nothing is written to it. */
  readonly isAlien?: true;
  /** It goes on by itself once the planned dates are moved. */
  readonly parkedFor?: 'window';
};

/** A pipeline that is there already is the record's. What the record is about is kept all the same. */
export type Adopt = { readonly kind: 'adopt'; readonly pipeline: GitLabPipeline } & Pick<
  Go,
  'request' | 'described'
>;

/** It stands, but has to wait; looked at again after `ms`, or when the change is changed. */
export type Hold = { readonly kind: 'held'; readonly reason: string; readonly ms: number };

export type Wait = { readonly kind: 'wait'; readonly why: string; readonly ms: number };

/** What to do with a trigger record now. */
export type Plan = Go | Play | HandOn | End | Wait | Hold | Adopt;

const ATTRIBUTION_POLL_MS = 100;
/** How often (ms) a decision that is held is looked at, should no event tell that it may go on. */
const HELD_POLL_MS = 60_000;

/** A window that has ended does not come back by itself: the record is parked until its dates are moved. */
export function heldPlan({ reason, notBefore, isOver }: Held, now: number): Hold | End {
  if (isOver) return { kind: 'parked', reason, parkedFor: 'window' };
  const left = notBefore === undefined ? HELD_POLL_MS : notBefore - now;
  return { kind: 'held', reason, ms: Math.min(Math.max(left, 1), HELD_POLL_MS) };
}

/** Who decided is still being written down. */
export function notYetKnown(): Wait {
  return { kind: 'wait', why: texts.STILL_BEING_CONFIRMED, ms: ATTRIBUTION_POLL_MS };
}

/** A read cannot tell yet whether the version of the decision exists. */
export function notYetShown(untilReadCounts: number): Wait {
  return { kind: 'wait', why: texts.NOT_SHOWN_YET, ms: untilReadCounts + 50 };
}
