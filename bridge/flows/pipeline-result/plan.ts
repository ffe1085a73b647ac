import type { Pipeline } from '../../ledger/pipelines.ts';
import type { Report } from '../../ledger/run-reports.ts';
import type { Trigger } from '../../ledger/triggers.ts';
import { notDeployed } from '../shared/texts.ts';
import * as texts from './texts.ts';

/** How the first pipeline of a deployment ends its run; undefined while the run waits for a change. */
export function endOfDeploy({ status, url }: Pipeline, waits: boolean): Report | undefined {
  const isSuccess = status === 'success';
  if (waits && isSuccess) return undefined;
  return isSuccess ? deployed() : failed(status, texts.pipelineFailed(status, url));
}

/** How the first pipeline ends the run of a check before a deployment. */
export function endOfCheck({ status, url }: Pipeline): Report {
  if (status !== 'success') return failed(status, texts.pipelineFailed(status, url));
  return { step: 'end', message: texts.CHECKED, ends: 'SUCCESS', label: 'checked' };
}

/** How the pipeline of a decision ends the run of the deployment. A pipeline that was told "declined" deploys nothing. */
export function endOfDecision(trigger: Trigger, id: string, { status, url }: Pipeline): Report {
  if (trigger.decision === 'rejected') {
    return { step: 'end', message: notDeployed(trigger.sentence), ends: 'FAILURE', label: 'declined' };
  }
  return status === 'success' ? deployed() : failed(status, texts.deploymentFailed(id, status, url));
}

function deployed(): Report {
  return { step: 'end', message: texts.DEPLOYED, ends: 'SUCCESS', label: 'deployed' };
}

function failed(status: string, message: string): Report {
  return { step: 'end', message, ends: 'FAILURE', label: `pipeline ${status}` };
}
