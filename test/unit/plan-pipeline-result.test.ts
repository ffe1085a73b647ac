import { expect, test } from 'vitest';
import { endOfDecision, endOfDeploy } from '../../bridge/flows/pipeline-result/plan.ts';
import type { Pipeline } from '../../bridge/ledger/pipelines.ts';
import { trigger } from './facts.ts';

const URL = 'https://gitlab.example.com/p/9';
const DEPLOYED = {
  step: 'end',
  message: '✅ The service was deployed.',
  ends: 'SUCCESS',
  label: 'deployed',
};

function pipeline(status: string): Pipeline {
  return { status, url: URL, trigger: '', source: 'trigger', ref: 'main', seen_at: 1 };
}

test('the first pipeline ends its run as it ended itself', () => {
  expect(endOfDeploy(pipeline('success'), false)).toEqual(DEPLOYED);
  for (const status of ['failed', 'canceled', 'skipped']) {
    expect(endOfDeploy(pipeline(status), false)).toEqual({
      step: 'end',
      message: `❌ The pipeline ended as "${status}": ${URL}`,
      ends: 'FAILURE',
      label: `pipeline ${status}`,
    });
  }
});

test('a pipeline that stopped at its gate ends no run; one that failed after asking for a gate does', () => {
  expect(endOfDeploy(pipeline('success'), true)).toBeUndefined();
  expect(endOfDeploy(pipeline('failed'), true)?.ends).toBe('FAILURE');
});

test('the pipeline of an approval ends the run of the deployment', () => {
  expect(endOfDecision(trigger(), '9', pipeline('success'))).toEqual(DEPLOYED);
  expect(endOfDecision(trigger(), '9', pipeline('failed'))).toEqual({
    step: 'end',
    message: `❌ The deployment failed. Pipeline 9 ended as "failed". ${URL}`,
    ends: 'FAILURE',
    label: 'pipeline failed',
  });
});

test.each(['success', 'failed'])('the pipeline of a rejection ends it as not deployed (%s)', (status) => {
  const declined = trigger({ decision: 'rejected' });
  const end = { step: 'end', ends: 'FAILURE', label: 'declined' };
  expect(endOfDecision(declined, '9', pipeline(status))).toEqual({
    ...end,
    message: '❌ Not deployed. The change was declined.',
  });
  const told = { ...declined, sentence: 'CHG0030001 was declined by ann. Reason: Friday' };
  expect(endOfDecision(told, '9', pipeline(status))).toEqual({
    ...end,
    message: '❌ Not deployed. CHG0030001 was declined by ann. Reason: Friday',
  });
});
