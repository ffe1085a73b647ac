import type { PipelineIdentity } from './pipeline-identity.ts';

export const PIPELINE_RIGHTS = ['gate', 'claim', 'report'] as const;
/** What a pipeline may ask for: a gate, the right to deploy, a line in the portal. */
export type PipelineRight = (typeof PIPELINE_RIGHTS)[number];

export const PIPELINE_MODES = ['retrigger', 'play', 'wait'] as const;
/** How a decision goes on: a new pipeline, the blocked job of the gate's pipeline, or a job that waits. */
export type PipelineMode = (typeof PIPELINE_MODES)[number];

/** One rule of PIPELINE_RULES. */
export type PipelineRule = {
  /** The project's number, or a pattern of its path. */
  readonly project: string;
  /** Patterns of refs. */
  readonly refs: readonly string[];
  readonly protectedOnly: boolean;
  readonly may: readonly PipelineRight[];
  readonly mode: PipelineMode;
  /** Whether only the commit that asked for the gate may be deployed. */
  readonly sameCommit: boolean;
  /** Patterns of environments; undefined where any will do, also none. */
  readonly environments: readonly string[] | undefined;
  /** Fields of every change that a gate of this rule opens. */
  readonly change: Readonly<Record<string, string>>;
};

/** What a rule looks at. The environment is the job's own, else the one that its gate was asked for. */
export type RuleSubject = { readonly identity: PipelineIdentity; readonly environment: string | undefined };

/**
 * The first rule that fits in every part: project, ref, protection, environment. Undefined where none does: then
 * the pipeline may do nothing. A PIPELINE_TOKENS token proves no path and no ref, so only its project's number and
 * the environment count.
 */
export function ruleFor(subject: RuleSubject, rules: readonly PipelineRule[]): PipelineRule | undefined {
  return rules.find((rule) => fits(rule, subject));
}

function fits(rule: PipelineRule, { identity, environment }: RuleSubject): boolean {
  if (!fitsEnvironment(rule, environment)) return false;
  if (rule.project === identity.projectId) return fitsRef(rule, identity);
  if (identity.kind === 'token' || isNumber(rule.project)) return false;
  return matches(rule.project, identity.projectPath) && fitsRef(rule, identity);
}

function fitsRef(rule: PipelineRule, identity: PipelineIdentity): boolean {
  if (identity.kind === 'token') return true;
  if (rule.protectedOnly && !identity.refProtected) return false;
  return rule.refs.some((pattern) => matches(pattern, identity.ref));
}

/** GitLab's environments are told apart by case, but `Staging` in a portal's form and `staging` in YAML are one. */
function fitsEnvironment({ environments }: PipelineRule, environment: string | undefined): boolean {
  if (environments === undefined) return true;
  if (environment === undefined) return false;
  return environments.some((pattern) => matches(pattern.toLowerCase(), environment.toLowerCase()));
}

/** Whether a rule names its project by number. */
export function isNumber(project: string): boolean {
  return /^\d+$/.test(project);
}

/** `*` stands for anything within one part of a path, `**` for anything at all. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split(/(\*+)/).map((part) => {
    if (part === '*') return '[^/]*';
    return part.startsWith('*') ? '.*' : part.replace(/[\\^$.|?+()[\]{}]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('')}$`, 's').test(text);
}
