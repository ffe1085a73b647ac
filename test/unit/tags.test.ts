import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatTags, namesDeployment, parseTags } from '../../bridge/model/tags.ts';

const runId = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/).filter((id) => id !== 'null' && id !== 'undefined');
const number = fc.stringMatching(/^\d{1,18}$/);
const ref = fc.stringMatching(/^[A-Za-z0-9._/-]{1,40}$/).filter((name) => !name.includes('..'));
const other = fc.stringMatching(/^[a-z]{1,8}[=:]?[a-z0-9]{1,8}$/);
const tags = fc.record(
  {
    deployRun: runId,
    gitlabProject: number,
    gitlabRef: ref,
    gitlabPipeline: number,
    others: fc.array(other),
  },
  { requiredKeys: ['others'] },
);

test('what is written is read back, whatever it is', () => {
  fc.assert(
    fc.property(tags, (given) => {
      expect(parseTags(formatTags(given))).toEqual({ ...given });
    }),
  );
});

test('no column makes it throw, and reading what was written changes nothing more', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (column) => {
      const read = parseTags(column);
      expect(parseTags(formatTags(read))).toEqual(read);
    }),
  );
});

test('a bare value is the deploy run’s id', () => {
  expect(parseTags(' r_abc-1 ')).toEqual({ deployRun: 'r_abc-1', others: [] });
});

test.each(['', 'null', 'undefined', ' , ,', '${RUN}', 'a b', 'r_1;r_2'])(
  'the column %j names no deployment',
  (column) => expect(namesDeployment(parseTags(column))).toBe(false),
);

test('a tag that is malformed is kept as it is, and means nothing', () => {
  const hostile = [
    'gitlab_project:../1',
    'gitlab_ref:a..b',
    'gitlab_ref:a b',
    'deploy_run:null',
    'gitlab_pipeline:1/../2',
    'deploy_run:',
  ];
  expect(parseTags(hostile.join(','))).toEqual({ others: hostile });
});

test('other tags stay in the column, in their order', () => {
  const column = 'deploy_run:r_1,gitlab_project:42,team:checkout,x';
  expect(parseTags(column)).toEqual({
    deployRun: 'r_1',
    gitlabProject: '42',
    others: ['team:checkout', 'x'],
  });
  expect(formatTags(parseTags(column))).toBe(column);
});

test('a project or a pipeline alone names a deployment; a ref alone does not', () => {
  expect(namesDeployment(parseTags('gitlab_project:42,x'))).toBe(true);
  expect(namesDeployment(parseTags('gitlab_pipeline:7,x'))).toBe(true);
  expect(namesDeployment(parseTags('gitlab_ref:main,x'))).toBe(false);
});
