import { Hono } from 'hono';
import type { Context } from 'hono';
import { z } from 'zod';
import { parseBody } from '../http/body.ts';
import { payloadOf } from '../model/trigger-payload.ts';
import { unauthorized } from '../http/problem.ts';
import { accept, type InboundContext, markReceipt, rawJson } from './context.ts';
import { type Match, verifyStandard, verifyToken } from './signatures.ts';

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
    url: z.string().nullish(),
    variables: z.array(variable).nullish(),
  }),
  project: z.looseObject({ id: digits }),
});
/** Hooks of other kinds have other shapes, and are nobody's business here. */
const otherHook = z.looseObject({ object_kind: z.string().refine((kind) => kind !== 'pipeline') });
const hookSchema = z.union([pipelineHook, otherHook.transform(() => undefined)]);

function verify(inbound: InboundContext, c: Context, body: Buffer): Match {
  const secrets = inbound.config.GITLAB_WEBHOOK_SECRETS;
  const signature = c.req.header('webhook-signature');
  if (signature === undefined) return verifyToken(secrets, c.req.header('x-gitlab-token'));
  const parts = { id: c.req.header('webhook-id'), timestamp: c.req.header('webhook-timestamp'), signature };
  return verifyStandard(
    secrets.filter((secret) => secret.startsWith('whsec_')),
    parts,
    body,
    inbound.clock(),
  );
}

/**
 * `POST /webhooks/gitlab`: pipeline hooks. A valid hook that says nothing of interest is accepted all the same:
 * after four errors in a row GitLab would switch the hook off.
 */
export function gitlabRoutes(inbound: InboundContext): Hono {
  const { ledger, enqueue, clock } = inbound;
  return new Hono().post('/gitlab', async (c) => {
    const body = await rawJson(c);
    if (body instanceof Response) return body;
    const secret = verify(inbound, c, body);
    if (secret === undefined) {
      inbound.onWebhook('gitlab', 'refused');
      return unauthorized();
    }
    const hook = parseBody(body.toString('utf8'), hookSchema);
    if (hook instanceof Response) return hook;
    const receipt = c.req.header('idempotency-key') ?? c.req.header('webhook-id');
    return accept(
      inbound,
      'gitlab',
      async () => {
        if (hook === undefined) return 'accepted';
        const { object_attributes: pipeline, project } = hook;
        if (receipt !== undefined && (await ledger.receipts.has('gitlab', receipt))) return 'duplicate';
        const news = {
          status: pipeline.status,
          url: pipeline.url ?? '',
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
