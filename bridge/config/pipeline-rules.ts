import { z } from 'zod';
import { changeFieldsSchema } from '../model/change-fields.ts';
import { PIPELINE_MODES, PIPELINE_RIGHTS, type PipelineRule } from '../model/pipeline-rules.ts';

const projectPattern = z
  .string()
  .regex(
    /^([1-9]\d{0,17}|[\w.*-]+(\/[\w.*-]+)+|\*\*)$/,
    'must be a project number, or a path such as platform/checkout or platform/*',
  );
const project = z.union(
  [z.int().positive().transform(String), projectPattern],
  'must be a project number, or a path such as platform/checkout or platform/*',
);
const patterns = z
  .array(z.string().min(1).max(200))
  .min(1, 'must name at least one; leave it out where any will do');

const ruleSchema = z
  .strictObject({
    project,
    refs: patterns.default(['**']),
    protected_only: z.boolean().default(true),
    may: z.array(z.enum(PIPELINE_RIGHTS)).default([...PIPELINE_RIGHTS]),
    mode: z.enum(PIPELINE_MODES, `must be one of ${PIPELINE_MODES.join(', ')}`).default('retrigger'),
    same_commit: z.boolean().default(true),
    environments: patterns.optional(),
    change: changeFieldsSchema.default({}),
  })
  .transform((rule): PipelineRule => ({
    project: rule.project,
    refs: rule.refs,
    protectedOnly: rule.protected_only,
    may: rule.may,
    mode: rule.mode,
    sameCommit: rule.same_commit,
    environments: rule.environments,
    change: rule.change,
  }));

/** PIPELINE_RULES: a JSON list. What is wrong is told with the rule's number, counted from 1. */
export const pipelineRulesSchema = z.string().transform((text, c): PipelineRule[] => {
  const told = jsonOf(text);
  if (!Array.isArray(told) || told.length === 0) {
    c.addIssue({
      code: 'custom',
      message: 'must be a JSON list with at least one rule, such as [{"project":"platform/*"}]',
    });
    return z.NEVER;
  }
  return told.flatMap((each: unknown, index) => {
    const rule = ruleSchema.safeParse(each);
    if (rule.success) return [rule.data];
    for (const issue of rule.error.issues) {
      const place = issue.path.length === 0 ? '' : ` ${issue.path.join('.')}:`;
      c.addIssue({ code: 'custom', message: `rule ${index + 1}:${place} ${issue.message}` });
    }
    return [];
  });
});

/** What keeps the rules from being followed without GITLAB_API_TOKEN. */
export function needsOfRules(rules: readonly PipelineRule[], apiToken: string | undefined): string[] {
  if (apiToken !== undefined) return [];
  return rules.flatMap(({ mode }, index) =>
    mode === 'play'
      ? [
          `PIPELINE_RULES rule ${index + 1}: mode play needs GITLAB_API_TOKEN, of scope api: the waiting job is started with it`,
        ]
      : [],
  );
}

/** Without PIPELINE_RULES: the projects that may be triggered, on protected refs, with every right. */
export function defaultRules(projects: readonly string[]): PipelineRule[] {
  return [...new Set(projects)].map((id) => ruleSchema.parse({ project: id }));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
