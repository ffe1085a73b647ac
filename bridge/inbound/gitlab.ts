import { Hono } from 'hono';
import type { Context } from 'hono';
import { z } from 'zod';
import type { HttpEnv } from '../http/env.ts';
import { parseJson } from '../http/json.ts';
import type { ProblemError } from '../http/problem.ts';
import { payloadOf } from '../model/trigger-payload.ts';
import { accept, markReceipt } from './accept.ts';
import type { InboundContext } from './context.ts';
import { refuse, standardParts } from './proof.ts';
import { plainTokens, signingKeys, verifyStandard, verifyToken } from './signatures.ts';

const variable = z.looseObject({ key: z.string(), value: z.unknown() });
const digits = z
  .union([z.number(), z.string()])
  .transform(String)
  .pipe(z.string().regex(/^\d{1,18}$/, 'must be a number'));
const pipelineHook = z.looseObject({
  object_kind: z.literal('pipeline'),
  object_attributes: z.looseObject({
    id: digits,
    status: z.string(),
    source: z.string().nullish(),
    ref: z.string().nullish(),
    url: z.string().nullish(),
    variables: z.array(variable).nullish(),
  }),
  project: z.looseObject({ id: digits }),
});
/** Hooks of other kinds have other shapes, some without `object_kind`, and mean nothing here. */
const otherHook = z
  .looseObject({})
  .refine((hook) => hook['object_kind'] !== 'pipeline' && Object.keys(hook).length > 0, 'is no hook');
const hookSchema = z.union([pipelineHook, otherHook.transform(() => undefined)]);

/**
 * `POST /webhooks/gitlab`: pipeline hooks. A valid hook that says nothing of interest is accepted all the same:
 * after four errors in a row GitLab would switch the hook off.
 */
export function gitlabRoutes(inbound: InboundContext): Hono<HttpEnv> {
  const { ledger, enqueue, clock } = inbound;
  const verify = verifier(inbound);
  return new Hono<HttpEnv>().post('/gitlab', async (c) => {
    const body = await inbound.bodies.hooks.readJson(c);
    const secret = verify(c, body);
    const hook = parseJson(body, hookSchema);
    const receipt = c.req.header('idempotency-key') ?? c.req.header('webhook-id');
    return accept(
      inbound,
      'gitlab',
      async () => {
        if (hook === undefined) return 'accepted';
        const { object_attributes: pipeline, project } = hook;
        if (receipt !== undefined && (await ledger.receipts.has('gitlab', receipt, clock())))
          return 'duplicate';
        const news = {
          status: pipeline.status,
          url: ownLink(inbound.config, pipeline.url ?? ''),
          source: pipeline.source ?? '',
          ref: pipeline.ref ?? '',
          trigger: payloadOf(pipeline.variables ?? []).decision_id ?? '',
        };
        await ledger.pipelines.observe(project.id, pipeline.id, news, clock());
        await enqueue('pipeline-result', `${project.id}/${pipeline.id}`);
        if (receipt !== undefined) markReceipt(inbound, 'gitlab', receipt);
        return 'accepted';
      },
      secret,
    );
  });
}

/** A link under GitLab's own address, '' for any other: it is shown to people. */
function ownLink(config: InboundContext['config'], url: string): string {
  const ours = [config.GITLAB_URL, config.GITLAB_OIDC_ISSUER];
  return ours.some((base) => url.startsWith(`${base}/`)) ? url : '';
}

/** Answers which secret a hook proves to know: by its signature if it has one, else by its plain token. */
function verifier(inbound: InboundContext): (c: Context<HttpEnv>, body: Buffer) => number {
  const keys = signingKeys(inbound.config.GITLAB_WEBHOOK_SECRETS);
  const tokens = plainTokens(inbound.config.GITLAB_WEBHOOK_SECRETS);
  return (c, body) => {
    const parts = standardParts(c);
    const token = c.req.header('x-gitlab-token');
    const secret =
      parts.signature === undefined
        ? verifyToken(tokens, token)
        : verifyStandard(keys, parts, body, inbound.clock());
    if (secret !== undefined) return secret;
    if (parts.signature === undefined && token) throw refuseToken(inbound, c);
    throw refuse(inbound, 'gitlab', c, parts);
  };
}

function refuseToken(inbound: InboundContext, c: Context<HttpEnv>): ProblemError {
  inbound.onWebhook('gitlab', 'refused');
  return inbound.refusals.webhook(c, 'wrong-token');
}
