import type { ApproveRun } from '../../bridge/ledger/approve-runs.ts';
import type { Change } from '../../bridge/ledger/changes.ts';
import type { Trigger } from '../../bridge/ledger/triggers.ts';
import type { DecisionFacts } from '../../bridge/flows/pipeline-trigger/gather.ts';
import type { OwnFacts, Seen } from '../../bridge/flows/pipeline-trigger/gather-own.ts';
import type { FlowSettings } from '../../bridge/flows/shared/context.ts';
import type { ChangeRecord } from '../../bridge/model/change.ts';
import { parseTags } from '../../bridge/model/tags.ts';
import type { GitLabJob } from '../../bridge/outbound/gitlab.ts';

// What a plan is handed, in its most ordinary form: a test says only what is different.

export const SYS_ID = 'c'.repeat(32);
export const NOW = 1_000_000;

export const SETTINGS: FlowSettings = {
  tagsField: 'u_external_tags',
  changeQuery: '',
  changeDefaults: {},
  requestApproval: 'state',
  approvalMode: 'field',
  selfApproval: 'refuse',
  changeWindow: 'honour',
  lifecycle: 'notes',
  changeBlueprint: 'change',
  approveAction: 'approve',
  deploymentBlueprint: 'deployment',
  deployActions: ['deploy'],
  agent: undefined,
  gitlabProject: '42',
  gitlabRef: 'main',
  triggerTokens: new Map([
    ['42', 'token-42'],
    ['7', 'token-7'],
  ]),
  projectToken: (project) => (project === 'platform/billing' ? 'token-billing' : undefined),
  leaseMs: 15_000,
  settleMs: 10_000,
  pageRows: 1_000,
};

/** An approved change at version 2, last written by ann. */
export function record(fields: Readonly<Record<string, string>> = {}, version = 2): ChangeRecord {
  return {
    sysId: SYS_ID,
    version,
    fields: {
      number: 'CHG0030001',
      approval: 'approved',
      state: '-2',
      active: 'true',
      sys_updated_by: 'ann',
      sys_updated_on: '2026-11-21 10:00:00',
      u_external_tags: 'r_deploy',
      ...fields,
    },
  };
}

export function change(of: ChangeRecord = record()): Change {
  return {
    record: of,
    isCut: false,
    deleted: false,
    refresh: false,
    portalHash: undefined,
    portalVersion: -1,
    portalDoubts: 0,
    decision: undefined,
    undone: undefined,
    approvals: new Map([[of.version, of.fields['approval'] ?? 'none']]),
    revision: 1,
    firstSeenBy: 'event',
    seenAt: NOW,
  };
}

/** A decision that waits for its pipeline. */
export function trigger(differs: Partial<Trigger> = {}): Trigger {
  return {
    id: `${SYS_ID}-approved-2`,
    kind: 'decision',
    decision: 'approved',
    sys_id: SYS_ID,
    version: 2,
    status: 'pending',
    attempt: 0,
    lease: 0,
    resolved: false,
    silent: false,
    created_at: NOW,
    updated_at: NOW,
    ...differs,
  };
}

/** A run of the portal's approve action, of petra. */
export function approveRun(differs: Partial<ApproveRun> = {}): ApproveRun {
  return {
    runId: 'r_approve',
    status: 'waiting',
    sys_id: SYS_ID,
    decision: 'approved',
    actor: 'petra@example.com',
    reason: 'Checked',
    unknown: false,
    created_at: NOW,
    updated_at: NOW,
    ...differs,
  };
}

/** The gate's own pipeline in mode `play`, blocked at its deploy job. */
export function ownFacts(differs: Partial<OwnFacts> = {}): OwnFacts {
  return {
    mode: 'play',
    project: '42',
    id: '9',
    ref: 'main',
    url: 'https://gitlab.example.com/p/9',
    sha: 'a'.repeat(40),
    environment: 'production',
    status: 'manual',
    withdrawn: undefined,
    seen: seen(),
    ...differs,
  };
}

/** What GitLab shows of it: a job that succeeded, and the deploy job. */
export function seen(
  deploy: Partial<GitLabJob> = {},
  pipeline: { readonly status?: string; readonly sha?: string } = {},
): Extract<Seen, { kind: 'seen' }> {
  const common = { id: '9', project: '42', url: '', source: 'push', ref: 'main' };
  return {
    kind: 'seen',
    pipeline: { ...common, status: 'manual', sha: 'a'.repeat(40), ...pipeline },
    jobs: [job({ id: '70', name: 'test', status: 'success' }), job(deploy)],
  };
}

export function job(differs: Partial<GitLabJob> = {}): GitLabJob {
  const usual = {
    id: '71',
    name: 'deploy: [production]',
    status: 'manual',
    isOptional: false,
    pipeline: '9',
  };
  return { ...usual, ...differs };
}

/** An approval that stands, made in ServiceNow. */
export function decisionFacts(differs: Partial<DecisionFacts> = {}): DecisionFacts {
  const of = differs.change ?? change();
  return {
    kind: 'decision',
    decision: 'approved',
    change: of,
    notStanding: undefined,
    held: undefined,
    untilReadCounts: 0,
    tags: parseTags(of.record.fields['u_external_tags'] ?? ''),
    asked: undefined,
    predecessor: { kind: 'none' },
    own: undefined,
    portalTrigger: { kind: 'none' },
    origin: { approveRun: undefined, isOwnWrite: false, approver: undefined },
    ...differs,
  };
}
