import type { Config } from '../../config.ts';
import type { Port } from '../../outbound/port.ts';
import { type Check, failed, look, ok, warning } from './check.ts';

const SETUP = 'Run: npx changebridge setup port.';
const NEEDED = [
  'number',
  'description',
  'isActive',
  'priority',
  'state',
  'createdOn',
  'createdBy',
  'service',
  'category',
  'approval',
  'externalTags',
];

/** The credentials, the blueprints, the actions and where they call. */
export async function checkPort(client: Port, config: Config): Promise<Check[]> {
  const credentials = await look(
    place('credentials'),
    'Check PORT_API_URL, PORT_CLIENT_ID and PORT_CLIENT_SECRET.',
    async () => {
      await client.definitions();
      return ok(place('credentials'), 'They are accepted.');
    },
  );
  if (credentials.state === 'failed') return [credentials];
  return [
    credentials,
    await blueprint(client, config.PORT_CHANGE_BLUEPRINT, NEEDED, 'PORT_CHANGE_BLUEPRINT'),
    await blueprint(
      client,
      config.PORT_DEPLOYMENT_BLUEPRINT,
      ['jobUrl', 'deployingUser', 'imageTag', 'commitSha'],
      'PORT_DEPLOYMENT_BLUEPRINT',
    ),
    await action(client, config, config.PORT_APPROVE_ACTION, 'PORT_APPROVE_ACTION'),
    ...(await Promise.all(
      config.PORT_DEPLOY_ACTIONS.map((name) => action(client, config, name, 'PORT_DEPLOY_ACTIONS')),
    )),
  ];
}

function place(what: string) {
  return { system: 'Port', what } as const;
}

async function blueprint(
  client: Port,
  name: string,
  needed: readonly string[],
  setting: string,
): Promise<Check> {
  const at = place(`blueprint ${name}`);
  return look(at, `${SETUP} Or name another in ${setting}.`, async () => {
    const { properties } = await client.blueprints.declaredBy(name);
    const missing = needed.filter((each) => !properties.has(each));
    if (missing.length === 0) return ok(at, 'It has what the bridge writes.');
    return failed(at, `It lacks ${missing.join(', ')}: what the bridge writes is refused. ${SETUP}`);
  });
}

async function action(
  client: Port,
  { BRIDGE_PUBLIC_URL: bridge, PORT_AGENT: agent }: Config,
  name: string,
  setting: string,
): Promise<Check> {
  const at = place(`action ${name}`);
  return look(at, SETUP, async () => {
    const found = (await client.definitions()).find(({ identifier }) => identifier === name);
    if (found === undefined)
      return failed(at, `There is no such action. ${SETUP} Or name yours in ${setting}.`);
    const { url } = found.invocationMethod;
    if (url === undefined || bridge === undefined || agent === 'poll') return ok(at, 'It is there.');
    if (url.startsWith(`${bridge}/`)) return ok(at, `It calls ${url}.`);
    return warning(at, `It calls ${url}, which is not at BRIDGE_PUBLIC_URL (${bridge}). ${SETUP}`);
  });
}
