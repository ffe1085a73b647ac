import type { Config } from './config.ts';
import type { Clock } from './model/jobs.ts';
import { GitLab } from './outbound/gitlab.ts';
import { OidcKeys } from './outbound/oidc-keys.ts';
import { Port } from './outbound/port.ts';
import { Redactor } from './outbound/redactor.ts';
import { ServiceNow } from './outbound/servicenow.ts';

/** The clients of the three systems, and of whoever publishes the keys of pipelines. */
export type Clients = {
  readonly servicenow: ServiceNow;
  readonly port: Port;
  readonly gitlab: GitLab;
  readonly oidcKeys: OidcKeys;
};

/** A caller waits while keys are fetched: no longer than this (ms). */
const KEYS_TIMEOUT_MS = 5_000;

/** Makes the clients that the configuration describes; `timeoutMs` is how long one call may take. */
export function createClients(config: Config, clock: Clock, timeoutMs: number): Clients {
  const redactor = new Redactor(config.secrets.reveal());
  return {
    servicenow: new ServiceNow({
      instanceUrl: config.SERVICENOW_INSTANCE_URL,
      auth: config.servicenowAuth,
      tagsField: config.SERVICENOW_TAGS_FIELD,
      clock,
      timeoutMs,
      redactor,
    }),
    port: new Port({
      apiUrl: config.PORT_API_URL,
      clientId: config.PORT_CLIENT_ID,
      clientSecret: config.PORT_CLIENT_SECRET,
      blueprint: config.PORT_CHANGE_BLUEPRINT,
      clock,
      timeoutMs,
      redactor,
    }),
    gitlab: new GitLab({
      url: config.GITLAB_URL,
      apiToken: config.GITLAB_API_TOKEN,
      clock,
      timeoutMs,
      redactor,
    }),
    oidcKeys: new OidcKeys({
      issuer: config.GITLAB_OIDC_ISSUER,
      timeoutMs: Math.min(timeoutMs, KEYS_TIMEOUT_MS),
      redactor,
    }),
  };
}
