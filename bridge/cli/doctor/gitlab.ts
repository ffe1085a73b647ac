import type { Clients } from '../../clients.ts';
import type { Config } from '../../config.ts';
import { RequestRefused } from '../../model/errors.ts';
import { type Check, failed, look, ok, warning } from './check.ts';

/** No project has such a ref: GitLab looks at the token first, and starts nothing. */
const NO_REF = 'changebridge-doctor/no-such-ref';
const SOON_DAYS = 30;
const DAY_MS = 86_400_000;

/** The trigger tokens, the API token and its last day, and the keys of the pipelines' id_tokens. */
export async function checkGitLab(
  { gitlab, oidcKeys }: Clients,
  config: Config,
  now: number,
): Promise<Check[]> {
  const others = config.GITLAB_TRIGGER_TOKENS.map(
    (text) => [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)] as const,
  );
  const tokens = [[config.GITLAB_PROJECT_ID, config.GITLAB_TRIGGER_TOKEN] as const, ...others];
  return [
    ...(await Promise.all(
      tokens.map(([project, token], index) =>
        trigger(gitlab, project, token, index === 0 ? 'GITLAB_TRIGGER_TOKEN' : 'GITLAB_TRIGGER_TOKENS'),
      ),
    )),
    await apiToken(gitlab, config, now),
    await look(place('id_token keys'), 'Check GITLAB_URL and GITLAB_OIDC_ISSUER.', async () => {
      await oidcKeys.fetch();
      return ok(place('id_token keys'), `${config.GITLAB_OIDC_ISSUER} publishes them.`);
    }),
    audience(config),
  ];
}

function place(what: string) {
  return { system: 'GitLab', what } as const;
}

async function trigger(
  gitlab: Clients['gitlab'],
  project: string,
  token: string,
  setting: string,
): Promise<Check> {
  const at = place(`trigger token of ${project}`);
  return look(at, `Check GITLAB_URL and ${setting}.`, async () => {
    try {
      const started = await gitlab.trigger({ project, ref: NO_REF, token }, {});
      return warning(
        at,
        `GitLab started pipeline ${started.id} on a ref that should not exist: ${started.url}`,
      );
    } catch (error) {
      if (!(error instanceof RequestRefused)) throw error;
      if (error.status === 404)
        return failed(
          at,
          `GitLab knows no such project, or not this token: make one in Settings > CI/CD > Pipeline trigger tokens, and set ${setting}.`,
        );
      return /reference not found/i.test(error.message)
        ? ok(at, 'It is accepted.')
        : failed(at, error.message);
    }
  });
}

async function apiToken(gitlab: Clients['gitlab'], config: Config, now: number): Promise<Check> {
  const at = place('API token');
  if (!gitlab.canRead)
    return warning(
      at,
      'GITLAB_API_TOKEN is not set: a trigger whose answer is lost has to be resolved by hand. Make one of scope read_api.',
    );
  return look(at, 'Make a new one and set GITLAB_API_TOKEN.', async () => {
    const { scopes, expires } = await gitlab.tokenItself();
    const plays = config.PIPELINE_RULES.some((rule) => rule.mode === 'play');
    if (plays && !scopes.includes('api'))
      return failed(at, 'A rule of PIPELINE_RULES has mode play, and GITLAB_API_TOKEN lacks the scope api.');
    if (!scopes.includes('api') && !scopes.includes('read_api'))
      return failed(at, 'GITLAB_API_TOKEN lacks the scope read_api.');
    const days =
      expires === undefined ? Number.POSITIVE_INFINITY : Math.floor((Date.parse(expires) - now) / DAY_MS);
    if (days <= SOON_DAYS)
      return warning(at, `GITLAB_API_TOKEN expires on ${expires ?? ''}: make the next one in time.`);
    return ok(at, `Scopes ${scopes.join(', ')}${expires === undefined ? '' : `, until ${expires}`}.`);
  });
}

function audience({ GITLAB_OIDC_AUDIENCE: aud }: Config): Check {
  const at = place('id_token audience');
  if (aud !== undefined) return ok(at, `Pipelines ask for aud: ${aud}.`);
  return failed(
    at,
    'No id_token is for this bridge: set BRIDGE_PUBLIC_URL (or GITLAB_OIDC_AUDIENCE) to what the pipelines’ aud says.',
  );
}
