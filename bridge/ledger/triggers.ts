import { z } from 'zod';
import {
  decisionId,
  forgettableVersions,
  nextStep,
  type RecordedDecision,
  standingIdOf,
} from '../model/standing.ts';
import type { Change, Changes } from './changes.ts';
import { owedBy } from './owed.ts';
import type { Script, Store } from './store.ts';
import {
  type Description,
  factsOf,
  isWaiting,
  type PipelineFacts,
  recordSchema,
  type Trigger,
  type TriggerStatus,
} from './trigger-record.ts';

export {
  actingPipeline,
  isFinished,
  isWaiting,
  TRIGGER_STATUSES,
  type Trigger,
  type TriggerStatus,
} from './trigger-record.ts';

/** How a new decision enters the ledger, and why not as pending. */
export type InitialStatus = {
  readonly status: 'pending' | 'parked' | 'abandoned';
  readonly reason: string;
};

/** The decision that stands on a change. `revision` is the change's, as it was looked at. */
export type StandingRecord = {
  readonly id: string | undefined;
  readonly isNew: boolean;
  readonly revision: number;
};

export type DeployExtras = {
  readonly checkRun?: string | undefined;
  readonly payload?: Readonly<Record<string, unknown>>;
};

type FreshDecision = InitialStatus & {
  readonly id: string;
  readonly decision: string;
  readonly version: number;
};

const OWED = owedBy('pipeline-trigger');
const ALL = 'triggers:all';
/** With a status behind it: the records of that status, by when they were made. */
const BY_STATUS = 'triggers:status:';

function name(id: string): string {
  return `trigger:${id}`;
}

/** The decision that a trigger record stands for; undefined for a deploy. */
export function recordedDecision(trigger: Trigger | undefined): RecordedDecision | undefined {
  if (trigger === undefined) return undefined;
  const { id, decision, version, status } = trigger;
  if (decision === undefined || version === undefined) return undefined;
  return { id, decision, version, isPending: isWaiting(status) };
}

/** How long (s) a pipeline's way back to its record is kept: longer than any pipeline runs. */
const PIPELINE_SECONDS = 90 * 24 * 3600;

/** The records of what has to start a pipeline, each with its explicit life. */
export class Triggers {
  readonly #store: Store;
  readonly #changes: Changes;
  readonly #recordDecision: Script;
  readonly #recordDeploy: Script;
  readonly #begin: Script;
  readonly #end: Script;
  readonly #claim: Script;
  readonly #resolve: Script;
  readonly #settle: Script;

  constructor(store: Store, changes: Changes) {
    this.#store = store;
    this.#changes = changes;
    this.#recordDecision = store.script('record-decision');
    this.#recordDeploy = store.script('record-deploy');
    this.#begin = store.script('begin-attempt');
    this.#end = store.script('end-attempt');
    this.#claim = store.script('claim-decision');
    this.#resolve = store.script('resolve-parked');
    this.#settle = store.script('settle-trigger');
  }

  async get(id: string): Promise<Trigger | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(id)));
    return hash.status === undefined ? undefined : { ...recordSchema.parse(hash), id };
  }

  /**
   * Derives from the remembered approvals of a change which decision stands, and records it unless it is recorded;
   * supersedes a pending older one. `initial` is asked how a new decision begins. What others observe meanwhile
   * makes it begin again.
   */
  async recordDecision(
    sysId: string,
    initial: (change: Change) => Promise<InitialStatus>,
    now: number,
  ): Promise<StandingRecord> {
    for (;;) {
      const change = await this.#changes.get(sysId);
      if (change === undefined) return { id: undefined, isNew: false, revision: 0 };
      const { revision } = change;
      const last = change.decision === undefined ? undefined : await this.get(change.decision);
      // Superseded because its version did not exist: should that come to be after all, it is decided anew.
      const isUndone = last?.status === 'superseded' && last.id === change.undone;
      const step = nextStep(change.approvals, isUndone ? undefined : recordedDecision(last));
      if (step.kind === 'unchanged') return { id: step.id, isNew: false, revision };
      if (step.kind === 'withdraw') {
        const isDone =
          step.supersede === undefined ||
          (await this.#write(change, last, step.supersede.reason, undefined, now));
        if (isDone) return { id: undefined, isNew: false, revision };
        continue;
      }
      const id = decisionId(sysId, step);
      const fresh = { id, decision: step.decision, version: step.since, ...(await initial(change)) };
      if (await this.#write(change, last, step.supersede?.reason ?? '', fresh, now))
        return { id, isNew: true, revision };
    }
  }

  /** False where the change or its last decision moved on since they were read. */
  async #write(
    change: Change,
    last: Trigger | undefined,
    supersededReason: string,
    fresh: FreshDecision | undefined,
    now: number,
  ): Promise<boolean> {
    const { sysId } = change.record;
    const lastId = change.decision ?? '';
    const answer = await this.#recordDecision({
      change: `change:${sysId}`,
      record: name(fresh?.id ?? ''),
      last: name(lastId),
      owed: OWED,
      all: ALL,
      by_status: BY_STATUS,
      revision: change.revision,
      last_id: lastId,
      last_status: last?.status ?? '',
      superseded_reason: supersededReason,
      id: fresh?.id ?? '',
      decision: fresh?.decision ?? '',
      sys_id: sysId,
      version: fresh?.version ?? 0,
      status: fresh?.status ?? '',
      reason: fresh?.reason ?? '',
      now,
      forget: forgettableVersions(change.approvals),
    });
    return answer === 1;
  }

  /** The id of the decision that stands on a change by all that is known now, recorded or not. */
  async standingIdOn(change: Change): Promise<string | undefined> {
    const last = change.decision === undefined ? undefined : await this.get(change.decision);
    return standingIdOf(change.record.sysId, change.approvals, recordedDecision(last));
  }

  /**
   * Records a deploy request once per run; false where it was recorded before. `payload` is the run's JSON, kept until
   * the request has come to its end; `checkRun` another run that is told of the same pipeline.
   */
  async recordDeploy(
    id: string,
    runId: string,
    request: unknown,
    now: number,
    { checkRun = '', payload }: DeployExtras = {},
  ): Promise<boolean> {
    const answer = await this.#recordDeploy({
      record: name(id),
      owed: OWED,
      all: ALL,
      by_status: BY_STATUS,
      id,
      run_id: runId,
      request: JSON.stringify(request),
      check_run: checkRun,
      payload: payload === undefined ? '' : JSON.stringify(payload),
      now,
    });
    return answer === 1;
  }

  /**
   * Takes the record for one call to GitLab and answers the attempt's number; undefined where another worker
   * holds it (or has moved it on since it was read).
   */
  async begin(
    trigger: Trigger,
    route: { readonly project: string; readonly ref: string },
    now: number,
    leaseMs: number,
  ): Promise<number | undefined> {
    const attempt = await this.#begin({
      record: name(trigger.id),
      by_status: BY_STATUS,
      id: trigger.id,
      attempt: trigger.attempt,
      now,
      lease: now + leaseMs,
      project: route.project,
      ref: route.ref,
    });
    return attempt === null ? undefined : z.number().parse(attempt);
  }

  /** The record has its pipeline, which acts for it from now on. False where a later attempt holds the record. */
  async triggered(id: string, attempt: number, pipeline: PipelineFacts, now: number): Promise<boolean> {
    // First the way back from the pipeline: true of this pipeline whatever the fence says.
    await this.#store.redis.set(this.#pipelineKey(pipeline.project, pipeline.id), id, 'EX', PIPELINE_SECONDS);
    return this.#endAttempt(id, attempt, 'triggered', now, factsOf(pipeline));
  }

  /**
   * A rejection was left to a pipeline that was there before. It does not act for it: no way leads back from the
   * pipeline to this record.
   */
  async leftTo(id: string, attempt: number, pipeline: PipelineFacts, now: number): Promise<boolean> {
    return this.#endAttempt(id, attempt, 'triggered', now, factsOf(pipeline));
  }

  /**
   * Ends or resets the record: `pending` after a call that surely had no effect, or a final status. `parkedFor`: what
   * may mend a parked one without an operator.
   */
  async moveTo(
    id: string,
    attempt: number,
    status: 'pending' | 'held' | 'superseded' | 'parked' | 'abandoned',
    reason: string,
    now: number,
    parkedFor?: 'window',
  ): Promise<boolean> {
    const mendedBy = parkedFor === undefined ? [] : ['parked_for', parkedFor];
    return this.#endAttempt(id, attempt, status, now, ['reason', reason, ...mendedBy]);
  }

  /** The call's outcome is unknown: the lease ends now, so that somebody may look. */
  async releaseLease(id: string, attempt: number, now: number): Promise<void> {
    await this.#endAttempt(id, attempt, 'triggering', now, ['lease', now]);
  }

  /** An operator's word on a parked record. False where it was not parked. */
  async resolve(id: string, to: 'pending' | 'abandoned', reason: string, now: number): Promise<boolean> {
    const keys = { record: name(id), owed: OWED, by_status: BY_STATUS };
    return (await this.#resolve({ ...keys, id, status: to, reason, now, word: 'operator' })) === 1;
  }

  /** What a record was parked for is mended: it begins again. False where it is not parked for that any more. */
  async reopen(id: string, reason: string, now: number): Promise<boolean> {
    const keys = { record: name(id), owed: OWED, by_status: BY_STATUS };
    return (await this.#resolve({ ...keys, id, status: 'pending', reason, now, word: 'mended' })) === 1;
  }

  /** Everybody was told of this status. False where an operator moved the record on meanwhile. */
  async settle(id: string, status: TriggerStatus): Promise<boolean> {
    return (await this.#settle({ record: name(id), owed: OWED, id, status })) === 1;
  }

  /** Binds the first pipeline that claims the record; answers which pipeline holds it. */
  async claim(id: string, project: string, pipeline: string, now: number): Promise<string> {
    const keys = { record: name(id), claiming_projects: 'claims:projects' };
    return z.string().parse(await this.#claim({ ...keys, pipeline: `${project}/${pipeline}`, project, now }));
  }

  /** Whether pipelines of this project claim before they deploy: then a repeated trigger cannot deploy twice. */
  async projectClaims(project: string): Promise<boolean> {
    return (await this.#store.redis.sismember(this.#store.key('claims:projects'), project)) === 1;
  }

  async ofPipeline(project: string, pipeline: string): Promise<string | undefined> {
    return (await this.#store.redis.get(this.#pipelineKey(project, pipeline))) ?? undefined;
  }

  /** Keeps what people are told of a decision: who decided, which run wants to know, and how it goes on. */
  async describe(id: string, facts: Description): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), facts);
  }

  /** Keeps what a deploy run asks for, as the portal's API told it. */
  async keepRequest(id: string, request: unknown): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), 'request', JSON.stringify(request));
  }

  /** When (ms) something was first seen of a record: `now`, where it is the first time. */
  async firstTime(id: string, what: string, now: number): Promise<number> {
    const record = this.#store.key(name(id));
    await this.#store.redis.hsetnx(record, `since:${what}`, now);
    return Number(await this.#store.redis.hget(record, `since:${what}`));
  }

  /** The run of this record is none of ours. */
  async silence(id: string): Promise<void> {
    await this.#store.redis.hset(this.#store.key(name(id)), 'silent', 1);
  }

  /** The pipeline of this record has not ended yet. */
  async watch(id: string, now: number): Promise<void> {
    await this.#store.redis.zadd(this.#store.key('triggers:running'), 'NX', now, id);
  }

  async unwatch(id: string): Promise<void> {
    await this.#store.redis.zrem(this.#store.key('triggers:running'), id);
  }

  /** The pipeline of this record was asked for: it is not due again before others that still run. */
  async polled(id: string, now: number): Promise<void> {
    await this.#store.redis.zadd(this.#store.key('triggers:running'), 'XX', now, id);
  }

  runningBefore(before: number, limit: number): Promise<string[]> {
    return this.#store.redis.zrangebyscore(this.#store.key('triggers:running'), 0, before, 'LIMIT', 0, limit);
  }

  /** Newest first, of one status or of all. */
  async recent(offset: number, limit: number, status?: TriggerStatus): Promise<Trigger[]> {
    const index = this.#store.key(status === undefined ? ALL : `${BY_STATUS}${status}`);
    const ids = await this.#store.redis.zrevrange(index, offset, offset + limit - 1);
    const found = await Promise.all(ids.map((id) => this.get(id)));
    return found.filter((trigger) => trigger !== undefined);
  }

  countOf(status: TriggerStatus): Promise<number> {
    return this.#store.redis.zcard(this.#store.key(`${BY_STATUS}${status}`));
  }

  async #endAttempt(
    id: string,
    attempt: number,
    status: TriggerStatus,
    now: number,
    facts: readonly (string | number)[],
  ): Promise<boolean> {
    const keys = { record: name(id), by_status: BY_STATUS };
    return (await this.#end({ ...keys, id, attempt, status, now, facts })) === 1;
  }

  #pipelineKey(project: string, pipeline: string): string {
    return this.#store.key('pipeline-trigger', project, pipeline);
  }
}
