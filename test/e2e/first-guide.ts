import { PEOPLE, PROJECT, type Stage, type StageOptions } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';
import { until } from '../support/until.ts';
import { entity, logOf, pipelinesOf, portApi, run } from './scene.ts';
import { decisionsOf } from './wire.ts';

// The portal's definitions of a set-up from before the bridge, by their names, fields and routes: five of them, each
// with an address that whoever sets it up fills in.

/** Where GitLab starts the pipelines of a project; the token stands in the address. */
export function gitlabTrigger(stage: Stage): string {
  const { GITLAB_PROJECT_ID: project, GITLAB_TRIGGER_TOKEN: token } = stage.env;
  return `${stage.gitlab.url}/api/v4/projects/${project}/ref/main/trigger/pipeline?token=${token}`;
}

export function bridgeRoute(stage: Stage, route: string): string {
  return `${stage.bridgeUrl()}/webhooks/port/${route}`;
}

export function changeBlueprint(): object {
  const text = [
    'number',
    'description',
    'priority',
    'state',
    'createdBy',
    'service',
    'category',
    'externalTags',
  ];
  return {
    identifier: 'servicenowChangeRequest',
    title: 'Change request',
    icon: 'Servicenow',
    schema: {
      properties: {
        ...Object.fromEntries(text.map((name) => [name, { title: name, type: 'string' }])),
        isActive: { title: 'Active', type: 'boolean' },
        createdOn: { title: 'Created', type: 'string', format: 'date-time' },
        approval: {
          title: 'Approval',
          type: 'string',
          enum: ['approved', 'not requested', 'requested', 'rejected'],
        },
      },
      required: [],
    },
    mirrorProperties: {},
    calculationProperties: {},
    aggregationProperties: {},
    relations: {},
  };
}

export function deployAction(url: string): object {
  return selfService('deploy_service_to_cluster', url, 'service', {
    inputs: { environment: { type: 'string', enum: ['Development', 'Staging', 'Production'] } },
    body: {
      properties: {
        deploy_run_id: '{{ .run.id }}',
        '{{ spreadValue() }}': '{{ .inputs }}',
        runId: '{{ .run.id }}',
        blueprint: '{{ .action.blueprint }}',
        entity: '{{ .entity.identifier }}',
      },
    },
  });
}

export function checkAction(url: string): object {
  return selfService('pre_deployment_check', url, undefined, {
    inputs: { deploy_run_id: { type: 'string' } },
    body: {
      '{{ spreadValue() }}': '{{ .inputs }}',
      approval_status: 'pending',
      port_context: { runId: '{{ .run.id }}' },
    },
  });
}

export function approveAction(url: string): object {
  return selfService('approve_and_deploy_service', url, 'servicenowChangeRequest', {
    inputs: {
      reason: { type: 'string' },
      approval_status: { type: 'string', default: 'approved', enum: ['approved', 'declined'] },
    },
    body: {
      '{{ spreadValue() }}': '{{ .inputs }}',
      port_context: { runId: '{{ .run.id }}' },
      deploy_run_id: '{{ .entity.properties.externalTags }}',
      system_id: '{{ .entity.identifier }}',
    },
  });
}

/** Patches the change in ServiceNow when somebody runs the approve action. `whole`: without a body of its own. */
export function patchAutomation(url: string, whole = false): object {
  return {
    identifier: 'updateChangeRequestInSnow',
    title: 'Patch the change',
    trigger: {
      type: 'automation',
      event: { type: 'RUN_CREATED', actionIdentifier: 'approve_and_deploy_service' },
    },
    invocationMethod: {
      type: 'WEBHOOK',
      url,
      agent: false,
      synchronized: !whole,
      method: whole ? 'POST' : 'PATCH',
      headers: { Authorization: 'Basic {{ .secrets.SERVICENOW_API_TOKEN }}' },
      ...(whole ? {} : { body: { approval: '{{ .event.diff.after.properties.approval_status  }}' } }),
    },
    publish: true,
  };
}

/** Tells of every change whose entity turned to a decision. */
export function decidedAutomation(url: string, body: object = DECIDED): object {
  return {
    identifier: 'approveSnowPipeline',
    title: 'Tell of a decision',
    trigger: {
      type: 'automation',
      event: { type: 'ENTITY_UPDATED', blueprintIdentifier: 'servicenowChangeRequest' },
      condition: {
        type: 'JQ',
        expressions: ['approved', 'rejected'].map((word) => `.diff.after.properties.approval == "${word}"`),
        combinator: 'or',
      },
    },
    invocationMethod: webhook(url, body),
    publish: true,
  };
}

const DECIDED = {
  port_context: { runId: '{{ .run.id }}' },
  approval_status: '{{ .event.diff.after.properties.approval  }}',
  system_id: '{{ .event.diff.after.identifier  }}',
  deploy_run_id: '{{ .event.diff.after.properties.externalTags }}',
};

/** Puts definitions into the portal, over those of the same name. */
export async function define(stage: Stage, ...definitions: readonly object[]): Promise<void> {
  for (const definition of definitions) {
    const { identifier } = { identifier: '', ...definition };
    const kind = 'schema' in definition ? 'blueprints' : 'actions';
    await portApi(stage, `/${kind}/${identifier}`, definition, 'PUT').catch(() =>
      portApi(stage, `/${kind}`, definition),
    );
  }
}

function selfService(
  identifier: string,
  url: string,
  blueprint: string | undefined,
  { inputs, body }: { readonly inputs: object; readonly body: object },
): object {
  return {
    identifier,
    title: identifier,
    icon: 'Deployment',
    trigger: {
      type: 'self-service',
      operation: blueprint === undefined ? 'CREATE' : 'DAY-2',
      userInputs: { properties: inputs, required: [], order: [] },
      ...(blueprint === undefined ? {} : { blueprintIdentifier: blueprint }),
    },
    invocationMethod: webhook(url, body),
    requiredApproval: false,
  };
}

function webhook(url: string, body: object): object {
  return {
    type: 'WEBHOOK',
    url,
    agent: false,
    synchronized: false,
    method: 'POST',
    headers: { RUN_ID: '{{ .run.id }}' },
    body,
  };
}

/** A stage whose jobs run elsewhere: a test says how its pipelines end. */
export async function outsideStage(
  env: Readonly<Record<string, string>> = {},
  options: Partial<StageOptions> = {},
): Promise<Stage> {
  const stage = await stageForTest({ env, ...options });
  stage.gitlab.setProject(PROJECT, { runner: 'none' });
  return stage;
}

/** Somebody, or the portal's own deploy action, runs the check. */
export async function check(stage: Stage, deployRun: string | undefined): Promise<string> {
  const properties = deployRun === undefined ? {} : { deploy_run_id: deployRun };
  const path = `/actions/pre_deployment_check/runs?run_as=${encodeURIComponent(PEOPLE.developer)}`;
  await portApi(stage, path, { properties });
  const [id] = runsOf(stage, 'pre_deployment_check').toReversed();
  if (id === undefined) throw new Error('There is no run of the check.');
  return id;
}

export async function changeByPipeline(stage: Stage, runId: string): Promise<string> {
  const row = stage.servicenow.createChange({ short_description: 'Deploy', u_external_tags: runId });
  const sysId = row['sys_id'] ?? '';
  await until('the change in the portal', () => entity(stage, sysId));
  return sysId;
}

export async function pipelineFor(stage: Stage, runId: string) {
  return until('a pipeline', () =>
    stage.gitlab.pipelines().find((pipeline) => pipeline.payload.deploy_run_id === runId),
  );
}

/** The pipeline that a decision on the change started. */
export async function decided(stage: Stage, sysId: string, deadlineMs?: number) {
  return until('the pipeline of the decision', () => pipelinesOf(stage, sysId)[0], deadlineMs);
}

export function runsOf(stage: Stage, action: string): string[] {
  return stage.port
    .runs()
    .filter((each) => each.action.identifier === action)
    .map(({ id }) => id);
}

/** Waits until so many runs of an automation have ended well; answers what they were told. */
export async function toldEnds(stage: Stage, action: string, count: number): Promise<string[]> {
  return until(`${count} ends of ${action}`, () => {
    const ids = runsOf(stage, action);
    const ended = ids.filter((id) => run(stage, id).status === 'SUCCESS');
    return ids.length >= count && ended.length === ids.length ? ids.map((id) => logOf(stage, id)) : undefined;
  });
}

export async function version(stage: Stage, sysId: string): Promise<string> {
  const [record] = await decisionsOf(stage, sysId);
  return record?.id.split('-').at(-1) ?? '';
}
