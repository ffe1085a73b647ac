import { Hono, type Context } from 'hono';
import { RATE_LIMIT, type Faults } from '../faults.ts';
import { isMap, readParams } from './params.ts';
import { parsePayload, type Pipeline, type Variable } from '../state/model.ts';
import type { Project } from '../options.ts';
import { pipelineFull } from './present.ts';
import type { Runner } from '../engine/runner.ts';
import { planJobs } from '../engine/script.ts';
import type { GitLabState } from '../state/store.ts';

const BROKEN_YAML = 'jobs:deploy config contains unknown keys: sript';
const MINUTE_MS = 60_000;

export type TriggerDeps = {
  state: GitLabState;
  runner: Runner;
  faults: Faults;
  baseUrl: () => string;
};

type Request = {
  project: Project;
  ref: string;
  variables: Record<string, string>;
  inputs: object;
  all: object;
};

/** `POST /projects/:id/trigger/pipeline` and `…/ref/:ref/trigger/pipeline`. Not idempotent, as at GitLab. */
export function triggerRoutes(deps: TriggerDeps): Hono {
  const app = new Hono();
  app.post('/projects/:id/trigger/pipeline', (c) => trigger(deps, c, c.req.param('id'), undefined));
  app.post('/projects/:id/ref/:ref{.+}/trigger/pipeline', (c) =>
    trigger(deps, c, c.req.param('id'), c.req.param('ref')),
  );
  return app;
}

async function trigger(deps: TriggerDeps, c: Context, id: string, pathRef: string | undefined) {
  const params = await readParams(c);
  if (!params.ok) return c.json({ error: params.error }, params.status);
  const all = { ...params.values, id, ...(pathRef === undefined ? {} : { ref: pathRef }) };
  const checked = check(deps, all, c.req.header('x-gitlab-event'));
  if ('status' in checked) return c.json(checked.body, checked.status);
  const refused = refusal(deps, checked, `${c.req.method} ${c.req.path}`);
  if (refused !== undefined) return c.json({ message: refused }, 400);
  const isBroken = deps.faults.take(`${c.req.method} ${c.req.path}`, 'created-but-failed') !== undefined;
  const pipeline = create(deps, checked, isBroken);
  if (isBroken) {
    deps.state.setStatus(pipeline, 'failed');
    return c.json({ message: { base: [BROKEN_YAML] } }, 422);
  }
  const answer = c.json(pipelineFull(deps.baseUrl(), pipeline), 201);
  deps.runner.start(pipeline);
  return answer;
}

type Refusal = { status: 400 | 403 | 404; body: object };

/** What GitLab checks before it looks at the project's rules, in its order. */
function check({ state }: TriggerDeps, all: Record<string, unknown>, event?: string): Request | Refusal {
  const { ref, token } = all;
  const variables = all['variables'] ?? {};
  const inputs = all['inputs'] ?? {};
  const errors: string[] = [];
  if (ref === undefined) errors.push('ref is missing');
  else if (typeof ref !== 'string') errors.push('ref is invalid');
  if (ref === '') errors.push('ref is empty');
  if (token === undefined) errors.push('token is missing');
  if (!isMap(variables)) errors.push('variables is invalid');
  if (!isMap(inputs)) errors.push('inputs is invalid');
  if (errors.length > 0 || typeof ref !== 'string' || !isMap(variables) || !isMap(inputs)) {
    return { status: 400, body: { error: errors.join(', ') } };
  }
  if (event === 'Pipeline Hook') return { status: 403, body: { message: '403 Forbidden' } };
  if (!isTextMap(variables)) {
    return { status: 400, body: { message: 'variables needs to be a map of key-valued strings' } };
  }
  const project = state.project(String(all['id']));
  if (project === undefined || !project.triggerTokens.includes(String(token))) {
    return { status: 404, body: { message: '404 Not Found' } };
  }
  return { project, ref, variables, inputs, all: { ...all, variables } };
}

/** The `message` of the 400 with which pipeline creation fails, if it does. */
function refusal(
  { state, faults }: TriggerDeps,
  request: Request,
  subject: string,
): string | object | undefined {
  const { project, ref } = request;
  if (faults.take(subject, 'rate-limit-string') !== undefined) return RATE_LIMIT;
  if (faults.take(subject, 'rate-limit') !== undefined) return { base: [RATE_LIMIT] };
  if (!project.refs.includes(ref)) return { base: ['Reference not found'] };
  const since = state.now() - MINUTE_MS;
  const limit = project.pipelinesPerMinute;
  if (limit !== undefined) {
    const { sha } = state.head(project, ref);
    const recent = state.pipelines.filter(
      (one) => one.project === project && one.sha === sha && one.createdAt > since,
    );
    if (recent.length >= limit) return { base: [RATE_LIMIT] };
  }
  if (!project.variablesAllowed && Object.keys(request.variables).length > 0) {
    return { base: ['Insufficient permissions to set pipeline variables'] };
  }
  const unknown = Object.keys(request.inputs).filter((name) => !project.inputs.includes(name));
  if (unknown.length > 0) return { base: [unknownInputs(project, unknown)] };
  return undefined;
}

function unknownInputs(project: Project, unknown: readonly string[]): string {
  if (project.inputs.length > 0) return `unknown input arguments: ${unknown.join(', ')}`;
  return 'Given inputs not defined in the `spec` section of the included configuration file';
}

function create({ state }: TriggerDeps, request: Request, isBroken: boolean): Pipeline {
  const { project, ref } = request;
  const { token: _, ...body } = toRecord(request.all);
  const payload = parsePayload(body);
  const variables: Variable[] = [
    ...Object.entries(request.variables).map(([key, value]) => ({
      key,
      value,
      variable_type: 'env_var' as const,
    })),
    { key: 'TRIGGER_PAYLOAD', value: JSON.stringify(body), variable_type: 'file' },
  ];
  const jobs = isBroken ? [] : planJobs(project);
  const name = pipelineName(request);
  const yamlErrors = isBroken ? BROKEN_YAML : null;
  return state.addPipeline({ project, ref, source: 'trigger', name, variables, payload, yamlErrors }, jobs);
}

/** Fills `workflow:name`; GitLab cuts it at 255 characters. */
function pipelineName({ project, variables, inputs }: Request): string | null {
  if (project.workflowName === undefined) return null;
  const given = toRecord(inputs);
  return project.workflowName
    .replaceAll(/\$\[\[ *inputs\.([\w-]+) *\]\]/g, (_, name: string) => textOf(given[name]))
    .replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => variables[name] ?? '')
    .slice(0, 255);
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function toRecord(map: object): Record<string, unknown> {
  return { ...map };
}

function isTextMap(map: Record<string, unknown>): map is Record<string, string> {
  return Object.values(map).every((value) => typeof value === 'string');
}
