import { type Definition, type Json, objectIn } from './definition.ts';

/** An action in today's form, and what of the old one could not be said in it. */
export type Translated = { readonly body: Definition; readonly notes: readonly string[] };

/** Members that both forms have. */
const SAME = [
  'identifier',
  'title',
  'icon',
  'description',
  'requiredApproval',
  'approvalNotification',
  'publish',
];
/** Today's members of the invocation method GITLAB. */
const OF_GITLAB = ['type', 'projectName', 'groupName', 'defaultRef', 'pipelineVariables'];
const INPUTS_AS_VARIABLES = { '{{ spreadValue() }}': '{{ .inputs }}' };

/**
 * Whether the action is in the form from before today's: the trigger a word with the inputs beside it, or the method
 * GITLAB with what Port's agent used to be told. Port's API no longer takes either.
 */
export function isOldForm(action: Definition): boolean {
  return typeof action['trigger'] === 'string' || (isGitLab(action) && hasOldMethod(methodOf(action)));
}

/** The action in today's form; a sentence where there is no translation. */
export function translated(action: Definition): Translated | string {
  if (!isOldForm(action)) return 'it is in today’s form already';
  if (!isGitLab(action)) return 'only actions that start a GitLab pipeline are translated';
  const method = methodOf(action);
  if (typeof method['projectName'] !== 'string' || typeof method['groupName'] !== 'string')
    return 'it does not name its group and project';
  const { omitUserInputs, omitPayload } = method;
  const pipelineVariables =
    method['pipelineVariables'] ?? (omitUserInputs === true ? {} : INPUTS_AS_VARIABLES);
  const notes = [
    'Its runs wait for Port’s execution agent, or for a bridge that claims them (PORT_AGENT=poll). The bridge takes them where PORT_DEPLOY_ACTIONS names the action, and GITLAB_TRIGGER_TOKENS the project.',
    ...(omitPayload === true
      ? ['omitPayload is no more: the pipeline gets the run as port_payload too.']
      : []),
  ];
  const same = Object.entries(action).filter(([name]) => SAME.includes(name));
  return {
    body: {
      ...Object.fromEntries(same),
      trigger: triggerOf(action),
      invocationMethod: { ...onlyToday(method), pipelineVariables },
    },
    notes,
  };
}

function triggerOf({ trigger, userInputs, blueprint, blueprintIdentifier }: Definition): Json {
  if (typeof trigger !== 'string') return trigger ?? null;
  const named = blueprintIdentifier ?? blueprint;
  return {
    type: 'self-service',
    operation: trigger,
    ...(typeof named === 'string' ? { blueprintIdentifier: named } : {}),
    userInputs: userInputs ?? { properties: {} },
  };
}

function isGitLab(action: Definition): boolean {
  return methodOf(action)['type'] === 'GITLAB';
}

function hasOldMethod(method: Definition): boolean {
  return Object.keys(method).some((name) => !OF_GITLAB.includes(name));
}

function onlyToday(method: Definition): Definition {
  return Object.fromEntries(Object.entries(method).filter(([name]) => OF_GITLAB.includes(name)));
}

function methodOf({ invocationMethod }: Definition): Definition {
  return objectIn(invocationMethod);
}
