import type { Clients } from './clients.ts';
import type { FlowContext } from './flows/shared/context.ts';
import { readAndObserve } from './flows/shared/observe.ts';
import { IdTokens } from './http/id-tokens.ts';
import type { PipelineDoor } from './http/pipeline-auth.ts';
import type { Refusals } from './http/refusals.ts';
import { SigningKeys } from './http/signing-keys.ts';
import type { InboundContext } from './inbound/context.ts';
import type { BridgeOptions } from './service.ts';
import { VERSION } from './version.ts';

type Parts = Pick<InboundContext, 'enqueue' | 'draining' | 'refusals' | 'bodies' | 'onWebhook'> & {
  readonly flows: FlowContext;
  readonly clients: Clients;
};

/** What the inbound routes are handed. Of the clients they see one question to ServiceNow, and GitLab's keys. */
export function inboundContext(options: BridgeOptions, { flows, clients, ...parts }: Parts): InboundContext {
  const { config, clock, log } = options;
  return {
    ...parts,
    config,
    version: VERSION,
    ledger: flows.ledger,
    // What a claim asks ServiceNow is news to the ledger and to the portal, whatever the claim's answer.
    readChange: (sysId) => readAndObserve(flows, sysId),
    clock,
    log,
    pipelines: pipelineDoor(options, clients, parts.refusals),
  };
}

/** Which pipelines are let in. */
function pipelineDoor(
  { config, clock, log }: BridgeOptions,
  clients: Clients,
  refusals: Refusals,
): PipelineDoor {
  const { GITLAB_OIDC_ISSUER: issuer, GITLAB_OIDC_AUDIENCE: audience, PIPELINE_TOKENS: tokens } = config;
  if (audience === undefined) {
    log.warn(
      'Neither BRIDGE_PUBLIC_URL nor GITLAB_OIDC_AUDIENCE is set: no id_token of a pipeline is accepted.',
    );
  }
  const keys = new SigningKeys(() => clients.oidcKeys.fetch(), clock);
  return { tokens, idTokens: new IdTokens({ issuer, audience, keys, clock }), refusals };
}
