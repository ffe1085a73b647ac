import type { Ledger } from '../ledger/ledger.ts';
import { deployId } from '../model/decision.ts';
import type { Clock, Enqueue } from '../model/jobs.ts';
import type { PipelineRun } from '../model/pipeline-run.ts';
import type { ApproveCall, DeployCall, EntityCall } from '../model/portal-calls.ts';

// What the portal asks of the bridge, stored first and then enqueued: the same whether the portal called, or its run
// was claimed. Each resolves once both are durable, and changes nothing where it is told again.

/** What is needed to take something in. */
export type Intake = {
  readonly ledger: Ledger;
  readonly enqueue: Enqueue<
    'portal-approval' | 'pipeline-trigger' | 'change-sync' | 'portal-call' | 'portal-runs'
  >;
  readonly clock: Clock;
};

/** What became of something that is stored: it was new, or known already. */
export type Acceptance = 'accepted' | 'duplicate';

/** What a caller told of. */
export type About = 'approval' | 'approvals' | 'deployment' | 'change' | 'nothing';

/** A run of the approve action wants to decide. */
export async function acceptApprove(intake: Intake, { run, caller }: ApproveCall): Promise<Acceptance> {
  const { ledger, enqueue, clock } = intake;
  const isNew = await ledger.approveRuns.record(run, clock());
  await enqueue('portal-approval', run);
  await owesAnswer(intake, caller, { about: 'approval', subject: run });
  return isNew ? 'accepted' : 'duplicate';
}

/** A run wants to be deployed by the default project's pipeline. */
export async function acceptDeploy(intake: Intake, { run, checkRun }: DeployCall): Promise<Acceptance> {
  const { ledger, enqueue, clock } = intake;
  const id = deployId(run);
  const request = { runId: run, inputs: {} };
  const isNew = await ledger.triggers.recordDeploy(id, run, request, clock(), { checkRun });
  await enqueue('pipeline-trigger', id);
  const isCheck = isNew || (await ledger.triggers.get(id))?.check_run === checkRun;
  // The pipeline of this run was asked for before: the check is told of that one.
  if (!isCheck) await owesAnswer(intake, checkRun, { about: 'deployment', subject: run });
  return isNew ? 'accepted' : 'duplicate';
}

/** A run asks for a GitLab pipeline by itself: one pipeline a run, however often it is told. */
export async function acceptPipelineRun(
  { ledger, enqueue, clock }: Intake,
  { runId, pipeline, payload }: PipelineRun,
): Promise<Acceptance> {
  const id = deployId(runId);
  const request = { runId, inputs: {}, pipeline };
  const isNew = await ledger.triggers.recordDeploy(id, runId, request, clock(), { payload });
  await enqueue('pipeline-trigger', id);
  return isNew ? 'accepted' : 'duplicate';
}

/** An automation tells that somebody decides, and not in which run: the open ones are looked at. */
export async function acceptApprovals(intake: Intake, caller: string): Promise<Acceptance> {
  await intake.enqueue('portal-runs', 'approve');
  return owesAnswer(intake, caller, { about: 'approvals', subject: '' });
}

/** The entity of a change was updated. */
export async function acceptEntity(
  intake: Intake,
  { sysId, caller, isEdit }: EntityCall,
): Promise<Acceptance> {
  const { ledger, enqueue, clock } = intake;
  // The portal no longer shows what it was given. Where it does, writing it again could go round in circles.
  if (isEdit) await ledger.changes.distrustPortal(sysId, clock());
  await ledger.changes.askRefresh(sysId, clock());
  await enqueue('change-sync', sysId);
  await owesAnswer(intake, caller, { about: 'change', subject: sysId });
  return 'accepted';
}

/** The run that told of something is ended with what became of it, or with what was wrong. */
export async function owesAnswer(
  { ledger, enqueue, clock }: Intake,
  caller: string | undefined,
  told: {
    readonly about: About;
    readonly subject: string;
    readonly problem?: string;
    readonly isNode?: boolean;
  },
): Promise<Acceptance> {
  if (caller === undefined) return 'duplicate';
  const isNew = await ledger.portalCalls.record({ runId: caller, ...told }, clock());
  await enqueue('portal-call', caller);
  return isNew ? 'accepted' : 'duplicate';
}
