import { onTestFinished } from 'vitest';
import type { Pipeline } from '../../sandbox/gitlab/server.ts';
import { type GitLabStandIn, startGitLab } from '../../sandbox/gitlab/server.ts';
import { runPipeline, type Finished, type Run } from './ci-local.ts';
import { type ContractBridge, newDecisionId, type Standing, startContractBridge } from './contract-bridge.ts';

export const PROJECT = 42;
const TRIGGER_TOKEN = 'glptt-world';
const ENVIRONMENTS = ['production', 'staging'];

/** How the pipelines of a test meet a bridge, whichever bridge it is. */
export type World = {
  readonly gitlab: GitLabStandIn;
  readonly bridgeUrl: string;
  /** What the jobs' id_tokens are made for. */
  readonly audience: string;
  /** A developer asks for a deployment: the pipeline that this starts. */
  readonly request: (fields?: Readonly<Record<string, unknown>>) => Promise<Pipeline>;
  /** The same, and its first pipeline has asked for a gate already: the decision is next. */
  readonly asked: (fields?: Readonly<Record<string, unknown>>) => Promise<Pipeline>;
  /** An approver decides on what was asked for last: the pipeline that this starts, where it starts one. */
  readonly decide: (word: 'approved' | 'declined') => Promise<Pipeline>;
  /** Something happens to the change after its approval. */
  readonly change: (standing: Exclude<Standing, 'approved'>) => Promise<void>;
  readonly servicenowGoesDown: () => Promise<void>;
  readonly bridgeGoesDown: () => Promise<void>;
};

/** A world whose bridge is the contract, and which can be looked into. */
export type ContractWorld = World & {
  readonly bridge: ContractBridge;
  /** An approver decides, and no pipeline is started: the one that asked goes on. */
  readonly decideOnly: (word: 'approved' | 'declined') => Promise<void>;
};

/** Opens a GitLab whose jobs run elsewhere, and a bridge that takes its id_tokens. Both end with the test. */
export async function openWorld(): Promise<ContractWorld> {
  const gitlab = await startGitLab({
    projects: [
      {
        id: PROJECT,
        path: 'platform/checkout',
        triggerTokens: [TRIGGER_TOKEN],
        environments: ENVIRONMENTS,
        runner: 'none',
      },
    ],
  });
  const bridge = await startContractBridge(gitlab);
  onTestFinished(async () => {
    await Promise.all([gitlab.close(), bridge.close()]);
  });
  const start = (payload: object) => trigger(gitlab, payload);
  const request = (fields: object = {}) =>
    start({ approval_status: 'pending', deploy_run_id: 'r_dana', ...fields });
  return {
    gitlab,
    bridge,
    bridgeUrl: bridge.url,
    audience: bridge.url,
    request,
    async asked(fields) {
      const pipeline = await request(fields);
      await askForGate(gitlab, bridge.url, pipeline);
      return pipeline;
    },
    decide: (word) => start(decide(bridge, word)),
    async decideOnly(word) {
      decide(bridge, word);
    },
    async change(standing) {
      const decision = bridge.decisions.at(-1);
      if (decision !== undefined) decision.standing = standing;
    },
    async servicenowGoesDown() {
      bridge.isServiceNowDown = true;
    },
    bridgeGoesDown: () => bridge.close(),
  };
}

/** What the gate job of a pipeline sends, without running all of it. */
async function askForGate(gitlab: GitLabStandIn, bridgeUrl: string, pipeline: Pipeline): Promise<void> {
  const { environment = 'production', deploy_run_id } = pipeline.payload;
  const reason = 'coverage is 65, the threshold is 70';
  const evidence = [{ name: 'coverage', value: 65, threshold: 70, passed: false }];
  const answer = await fetch(`${bridgeUrl}/v1/gates`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${gitlab.idToken(pipeline.id, bridgeUrl)}`,
    },
    body: JSON.stringify({ deploy_run_id, environment, reason, evidence }),
  });
  if (answer.status !== 202)
    throw new Error(`The gate was answered ${answer.status}: ${await answer.text()}`);
  gitlab.finish(pipeline.id, 'success');
}

/** Decides on the newest gate; answers what the next pipeline is triggered with. */
function decide(bridge: ContractBridge, word: 'approved' | 'declined'): object {
  const gate = bridge.gates.at(-1);
  if (gate === undefined) throw new Error('Nobody has asked for a gate.');
  const id = newDecisionId();
  const standing = word;
  bridge.decisions.push({ id, gate, word, standing, holder: undefined });
  const { deploy_run_id, environment } = gate.body;
  return {
    approval_status: word,
    system_id: 'a'.repeat(32),
    change_number: 'CHG0030001',
    deploy_run_id,
    environment,
    decision_id: id,
    decided_by: 'ann',
    reason: word === 'declined' ? 'Freeze until Monday' : '',
  };
}

async function trigger(gitlab: GitLabStandIn, payload: object): Promise<Pipeline> {
  const answer = await fetch(`${gitlab.url}/api/v4/projects/${PROJECT}/trigger/pipeline`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: TRIGGER_TOKEN, ref: 'main', ...payload }),
  });
  if (answer.status !== 201) throw new Error(`GitLab answered ${answer.status}: ${await answer.text()}`);
  return newest(gitlab);
}

export function newest(gitlab: GitLabStandIn): Pipeline {
  const pipeline = gitlab.pipelines().at(-1);
  if (pipeline === undefined) throw new Error('There is no pipeline.');
  return pipeline;
}

type Options = Partial<Pick<Run, 'example' | 'payload' | 'coverage' | 'without' | 'programs' | 'manual'>> & {
  /** Replaces claims of the jobs' id_tokens. */
  readonly claims?: object;
  readonly audience?: string;
  readonly variables?: Readonly<Record<string, string>>;
};

/** Runs the jobs of a pipeline that GitLab has made, as its runner would, and tells GitLab how it ended. */
export async function run(
  world: Pick<World, 'gitlab' | 'bridgeUrl' | 'audience'>,
  pipeline: Pipeline,
  options: Options = {},
): Promise<Finished> {
  const { gitlab, bridgeUrl } = world;
  const { claims = {}, audience = world.audience, variables = {}, ...rest } = options;
  const token = (environment: string | undefined) => {
    const job = environment === undefined ? undefined : `deploy: [${environment}]`;
    return gitlab.idToken(
      pipeline.id,
      audience,
      environment === undefined ? claims : { ...claims, environment },
      job,
    );
  };
  const made = pipeline.variables.find(({ key }) => key === 'TRIGGER_PAYLOAD')?.value;
  const finished = await runPipeline({
    example: 'deploy-with-approval.gitlab-ci.yml',
    bridgeUrl,
    ...rest,
    payload: 'payload' in options ? options.payload : made,
    idTokens: { '*': token(undefined), ...Object.fromEntries(ENVIRONMENTS.map((one) => [one, token(one)])) },
    variables: {
      CI_PIPELINE_SOURCE: pipeline.source,
      CI_PIPELINE_ID: String(pipeline.id),
      CI_PIPELINE_URL: `${gitlab.url}/platform/checkout/-/pipelines/${pipeline.id}`,
      CI_PROJECT_ID: String(PROJECT),
      CI_COMMIT_SHA: pipeline.sha,
      CI_COMMIT_SHORT_SHA: pipeline.sha.slice(0, 8),
      CI_COMMIT_REF_NAME: pipeline.ref,
      BRIDGE_RETRY_SECONDS: '2',
      ...variables,
    },
  });
  gitlab.finish(pipeline.id, finished.status);
  return finished;
}
