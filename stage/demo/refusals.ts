import type { Pipeline } from '../../sandbox/gitlab/server.ts';
import { PEOPLE, PROJECT, type Stage } from '../stage.ts';
import { deployLog, must, pipelinesOf, seePipeline, shortSha, untilGate } from './sights.ts';
import type { Teller } from './teller.ts';

/** Three pipelines that say they are approved and are not: each is refused at its claim, and nothing is deployed. */
export async function refused(stage: Stage, tell: Teller): Promise<void> {
  tell.title('What is not approved is not deployed');
  const before = stage.gitlab.deployments().length;
  const [used] = stage.gitlab.deployments();
  const payload = stage.gitlab.pipelines().find((each) => each.id === used?.pipeline_id)?.payload;
  const forged = { approval_status: 'approved', decision_id: 'an-invented-one', environment: 'Production' };
  const lie = await startByHand(stage, forged);
  tell.say(
    'GitLab',
    `somebody starts pipeline ${lie.id} and says that it is approved, by an invented decision`,
  );
  const theft = await startByHand(stage, { ...payload });
  tell.say(
    'GitLab',
    `somebody starts pipeline ${theft.id} with the approval of pipeline ${used?.pipeline_id}`,
  );
  await seeRefused(tell, lie);
  await seeRefused(tell, theft);
  await movedBranch(stage, tell);
  must(stage.gitlab.deployments().length === before, 'no deployment');
}

async function movedBranch(stage: Stage, tell: Teller): Promise<void> {
  const { change, pipeline } = await untilGate(stage, tell);
  const commit = stage.gitlab.push(PROJECT, 'main', { authorName: 'Mallory' });
  tell.say(
    'GitLab',
    `meanwhile somebody pushes ${shortSha(commit)} to main: it was never tested, ${shortSha(pipeline)} was`,
  );
  stage.servicenow.decide(change.sysId, PEOPLE.approver, 'approved', 'Fine');
  tell.say(
    'ServiceNow',
    `${PEOPLE.approver} approves ${change.number}, that is: commit ${shortSha(pipeline)}`,
  );
  await seeRefused(tell, await seePipeline(stage, tell, change, 'approved'));
  must(pipelinesOf(stage, change).length === 1, 'exactly one pipeline for the decision');
}

/** What the developer reads in the log of the deploy job. */
async function seeRefused(tell: Teller, pipeline: Pipeline): Promise<void> {
  await tell.see(
    'GitLab',
    `pipeline ${pipeline.id} refused at its claim`,
    () => (pipeline.status === 'failed' ? deployLog(pipeline, 'answered 4') : undefined),
    (line) =>
      `Changebridge refuses its claim and pipeline ${pipeline.id} fails: ${line.replace(/^answered \d+, /, '')}`,
  );
}

/** Whoever knows the trigger token can start a pipeline, with whatever payload. */
async function startByHand(stage: Stage, payload: object): Promise<Pipeline> {
  const token = stage.env['GITLAB_TRIGGER_TOKEN'];
  const answer = await fetch(`${stage.gitlab.url}/api/v4/projects/${PROJECT}/trigger/pipeline`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...payload, token, ref: 'main' }),
  });
  const pipeline = stage.gitlab.pipelines().at(-1);
  if (answer.status !== 201 || pipeline === undefined)
    throw new Error(`GitLab answered ${answer.status}: ${await answer.text()}`);
  return pipeline;
}
