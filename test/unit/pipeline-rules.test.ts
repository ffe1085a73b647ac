import { describe, expect, test } from 'vitest';
import { pipelineRulesSchema, defaultRules } from '../../bridge/config/pipeline-rules.ts';
import type { IdTokenIdentity, PipelineIdentity } from '../../bridge/model/pipeline-identity.ts';
import { ruleFor } from '../../bridge/model/pipeline-rules.ts';

const JOB: IdTokenIdentity = {
  kind: 'id-token',
  issuer: 'https://gitlab.com',
  projectId: '42',
  projectPath: 'platform/checkout',
  pipelineId: '7',
  pipelineSource: 'trigger',
  jobId: '70',
  ref: 'main',
  refType: 'branch',
  refProtected: true,
  sha: 'a'.repeat(40),
  environment: undefined,
  user: 'dana',
  userEmail: 'dana@example.com',
};
const TOKEN: PipelineIdentity = { kind: 'token', projectId: '42' };

function rules(...list: readonly object[]) {
  return pipelineRulesSchema.parse(JSON.stringify(list));
}

function fits(rule: object, identity: PipelineIdentity, environment?: string): boolean {
  return ruleFor({ identity, environment }, rules(rule)) !== undefined;
}

describe('which pipelines a rule fits', () => {
  test.each<[string, object, Partial<IdTokenIdentity>, boolean]>([
    ['the number of its project', { project: 42 }, {}, true],
    ['the number written as text', { project: '42' }, {}, true],
    ['another number', { project: 4 }, {}, false],
    ['its path', { project: 'platform/checkout' }, {}, true],
    ['its group', { project: 'platform/*' }, {}, true],
    ['a group that begins alike', { project: 'plat/*' }, {}, false],
    [
      'a project below a subgroup, for one star',
      { project: 'platform/*' },
      { projectPath: 'platform/a/b' },
      false,
    ],
    [
      'a project below a subgroup, for two stars',
      { project: 'platform/**' },
      { projectPath: 'platform/a/b' },
      true,
    ],
    ['a longer path', { project: 'platform/checkout' }, { projectPath: 'platform/checkout-2' }, false],
    ['a path with a dot where another letter is', { project: 'a.b/c' }, { projectPath: 'axb/c' }, false],
    ['a project whose path is a number', { project: 42 }, { projectId: '7', projectPath: '42' }, false],
    ['the ref', { project: 42, refs: ['main'] }, {}, true],
    ['another ref', { project: 42, refs: ['main'] }, { ref: 'main2' }, false],
    ['a ref with a line break behind it', { project: 42, refs: ['main'] }, { ref: 'main\n' }, false],
    ['a release', { project: 42, refs: ['main', 'release/*'] }, { ref: 'release/1.2' }, true],
    ['no ref with a slash, for one star', { project: 42, refs: ['*'] }, { ref: 'feature/x' }, false],
    ['an unprotected ref', { project: 42 }, { refProtected: false }, false],
    [
      'an unprotected ref, where it says so',
      { project: 42, protected_only: false },
      { refProtected: false },
      true,
    ],
  ])('%s', (_, rule, change, expected) => {
    expect(fits(rule, { ...JOB, ...change })).toBe(expected);
  });

  test('an environment is told by name or pattern, in upper or lower case; a job without one does not fit', () => {
    const rule = { project: 42, environments: ['staging', 'review/*'] };
    expect(fits(rule, JOB, 'Staging')).toBe(true);
    expect(fits(rule, JOB, 'review/7')).toBe(true);
    expect(fits(rule, JOB, 'production')).toBe(false);
    expect(fits(rule, JOB, undefined)).toBe(false);
  });

  test('a token of PIPELINE_TOKENS proves a number, so a path never lets it in', () => {
    expect(fits({ project: 42 }, TOKEN)).toBe(true);
    expect(fits({ project: 'platform/*' }, TOKEN)).toBe(false);
    expect(fits({ project: '**' }, TOKEN)).toBe(false);
    expect(fits({ project: 42, environments: ['staging'] }, TOKEN, 'production')).toBe(false);
  });

  test('the first rule that fits counts', () => {
    const list = rules(
      { project: 42, refs: ['main'], environments: ['production'], may: ['claim'] },
      { project: 42, refs: ['main'], may: ['gate'] },
      { project: '**', may: ['report'] },
    );
    expect(ruleFor({ identity: JOB, environment: 'production' }, list)?.may).toEqual(['claim']);
    expect(ruleFor({ identity: JOB, environment: 'staging' }, list)?.may).toEqual(['gate']);
    expect(ruleFor({ identity: { ...JOB, ref: 'next' }, environment: undefined }, list)?.may).toEqual([
      'report',
    ]);
  });
});

test('without rules: projects with a trigger token, protected refs, everything, retrigger, the same commit', () => {
  const list = defaultRules(['42', '43', '42']);
  expect(list).toHaveLength(2);
  expect(ruleFor({ identity: JOB, environment: undefined }, list)).toMatchObject({
    may: ['gate', 'claim', 'report'],
    mode: 'retrigger',
    sameCommit: true,
  });
  expect(
    ruleFor({ identity: { ...JOB, refProtected: false }, environment: undefined }, list),
  ).toBeUndefined();
  expect(ruleFor({ identity: { ...JOB, projectId: '44' }, environment: undefined }, list)).toBeUndefined();
});
