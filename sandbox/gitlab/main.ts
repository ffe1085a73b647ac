import { closeOnSignal, wholeNumber } from '../lib/run-alone.ts';
import { startGitLab, type GitLabOptions } from './server.ts';
import { bridgeSchema, hookSchema } from './options.ts';

/** Starts the stand-in alone: `node sandbox/gitlab/main.ts`, settings in the environment. */
function readOptions(env: NodeJS.ProcessEnv): GitLabOptions {
  const {
    GITLAB_PORT = '8930',
    GITLAB_TRIGGER_TOKEN = 'glptt-sandbox',
    GITLAB_API_TOKEN = 'glpat-sandbox',
    GITLAB_STAGE_MS = '1500',
    GITLAB_COVERAGE = '65',
    GITLAB_LATENCY_MS = env['SANDBOX_LATENCY_MS'] ?? '0',
    GITLAB_HOOK_URL,
    GITLAB_HOOK_TOKEN,
    GITLAB_HOOK_SIGNING_SECRET,
    GITLAB_BRIDGE_URL,
  } = env;
  const project = {
    id: 42,
    path: 'platform/checkout',
    refs: ['main'],
    triggerTokens: [GITLAB_TRIGGER_TOKEN],
    stageMs: Number(GITLAB_STAGE_MS),
    coverage: Number(GITLAB_COVERAGE),
  };
  const hook = { url: GITLAB_HOOK_URL, token: GITLAB_HOOK_TOKEN, signingSecret: GITLAB_HOOK_SIGNING_SECRET };
  const bridge = { url: GITLAB_BRIDGE_URL };
  return {
    port: wholeNumber('GITLAB_PORT', GITLAB_PORT),
    latencyMs: wholeNumber('GITLAB_LATENCY_MS', GITLAB_LATENCY_MS),
    projects: [project],
    apiTokens: [{ token: GITLAB_API_TOKEN, scopes: ['api'] }],
    hook: GITLAB_HOOK_URL === undefined ? undefined : hookSchema.parse(hook),
    bridge: GITLAB_BRIDGE_URL === undefined ? undefined : bridgeSchema.parse(bridge),
  };
}

const gitlab = await startGitLab(readOptions(process.env));
console.log(`GitLab stand-in: ${gitlab.url}  (project 42, platform/checkout)`);
closeOnSignal(process, () => gitlab.close());
