import type { Config } from '../../config.ts';
import type { ServiceNow } from '../../outbound/servicenow.ts';
import { type Check, failed, look, ok, warning } from './check.ts';

const NO_CHANGE = '0'.repeat(32);

/** The account, what it may read, the column, the group that is asked, and the app's own Health list. */
export async function checkServiceNow(client: ServiceNow, config: Config): Promise<Check[]> {
  const account = await look(
    place('account'),
    'Check SERVICENOW_INSTANCE_URL, the account, and its role x_chb_changebridge.integration.',
    async () => {
      await client.listChanges('', 1);
      return ok(place('account'), 'It may read changes.');
    },
  );
  if (account.state === 'failed') return [account];
  return [
    account,
    await column(client, config),
    await approvers(client),
    await opening(client, config),
    ...(await app(client)),
  ];
}

function place(what: string) {
  return { system: 'ServiceNow', what } as const;
}

async function column(client: ServiceNow, { SERVICENOW_TAGS_FIELD: tags }: Config): Promise<Check> {
  const at = place('tags column');
  return look(at, 'Check SERVICENOW_TAGS_FIELD.', async () => {
    const [change] = await client.listChanges('', 1);
    if (change === undefined)
      return warning(at, 'There is no change to look at yet: run it again when there is one.');
    if (change.fields[tags] !== undefined) return ok(at, `change_request has ${tags}.`);
    return failed(
      at,
      `change_request has no column ${tags}, or the account may not read it: install the app, or name the column in SERVICENOW_TAGS_FIELD.`,
    );
  });
}

async function approvers(client: ServiceNow): Promise<Check> {
  const at = place('approvers');
  return look(
    at,
    'Let the account read sysapproval_approver: otherwise nobody can tell who is asked and who decided.',
    async () => {
      await client.approvals.rows(NO_CHANGE);
      return ok(at, 'It may read who is asked.');
    },
  );
}

async function opening(
  client: ServiceNow,
  { SERVICENOW_CHANGE_DEFAULTS: defaults, PIPELINE_RULES: rules }: Config,
): Promise<Check> {
  const at = place('assignment group');
  const groups = [defaults['assignment_group'], ...rules.map((rule) => rule.change['assignment_group'])];
  const named = groups.filter((group) => group !== undefined);
  if (named.length === 0) {
    return warning(
      at,
      'No group is asked to approve what a gate opens: name an assignment_group in SERVICENOW_CHANGE_DEFAULTS, unless your instance sets one.',
    );
  }
  return look(at, 'Let the account read sys_user_group.', async () => {
    for (const group of named) {
      const found = await client.names.find({ table: 'sys_user_group', by: ['name'] }, group);
      if (found.kind !== 'found')
        return failed(
          at,
          `ServiceNow knows no one group "${group}" (${found.kind}): mend assignment_group in SERVICENOW_CHANGE_DEFAULTS or PIPELINE_RULES.`,
        );
    }
    return ok(at, `${[...new Set(named)].join(', ')}.`);
  });
}

/** The app asks the bridge every minute: its own lines tell of the webhook, the secret and the clock. */
async function app(client: ServiceNow): Promise<Check[]> {
  const at = place('app');
  const lines = await client.files.appHealth().catch(() => undefined);
  if (lines === undefined)
    return [
      warning(
        at,
        'The app is not installed, or its Health list may not be read: without it nothing is told at once, and syncs alone bring news. See docs/servicenow.md.',
      ),
    ];
  if (lines.length === 0) return [warning(at, 'The app has not looked at itself yet: is its job active?')];
  const troubles = lines.filter((line) => line.status !== 'ok');
  if (troubles.length === 0) return [ok(at, 'Every line of its Health list is OK.')];
  return troubles.map(({ name, status, detail }) => {
    const told = { system: 'ServiceNow', what: `app: ${name}` } as const;
    return status === 'failed' ? failed(told, detail) : warning(told, detail);
  });
}
