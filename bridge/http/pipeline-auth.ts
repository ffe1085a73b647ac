import { timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { hashToken, type PipelineToken } from '../config.ts';
import { UpstreamUnavailable } from '../model/errors.ts';
import type { PipelineIdentity } from '../model/pipeline-identity.ts';
import { bearerToken } from './auth.ts';
import type { HttpEnv } from './env.ts';
import type { IdTokens } from './id-tokens.ts';
import { ProblemError } from './problem.ts';
import type { BearerRefusal, Refusals } from './refusals.ts';

/** What a route knows of its caller after `requirePipeline`. */
export type PipelineCaller = HttpEnv & { Variables: { pipeline: PipelineIdentity } };

/** Which pipelines may call, and what becomes of those who may not. */
export type PipelineDoor = {
  readonly tokens: readonly PipelineToken[];
  readonly idTokens: IdTokens;
  readonly refusals: Refusals;
};

/**
 * Lets pipelines pass: with a GitLab id_token, or a token of PIPELINE_TOKENS. Everybody else gets a 401, operators
 * too; where the keys of GitLab cannot be fetched it is a 503, never a pass.
 */
export function requirePipeline({ tokens, idTokens, refusals }: PipelineDoor) {
  return createMiddleware<PipelineCaller>(async (c, next) => {
    const token = bearerToken(c);
    if (token === undefined) throw refusals.bearer(c, 'no-proof');
    const identity = identityOf(tokens, token) ?? (await verified(idTokens, token));
    if (typeof identity === 'string') throw refusals.bearer(c, identity);
    c.set('pipeline', identity);
    await next();
  });
}

// Every token is compared, so that the time taken does not tell which one matched.
function identityOf(tokens: readonly PipelineToken[], token: string): PipelineIdentity | undefined {
  const hash = Buffer.from(hashToken(token));
  const [found] = tokens.filter((each) => timingSafeEqual(Buffer.from(each.tokenHash), hash));
  return found === undefined ? undefined : { kind: 'token', projectId: found.projectId };
}

async function verified(idTokens: IdTokens, token: string): Promise<PipelineIdentity | BearerRefusal> {
  try {
    return await idTokens.verify(token);
  } catch (error) {
    if (!(error instanceof UpstreamUnavailable)) throw error;
    throw new ProblemError(
      'identity-unavailable',
      'GitLab’s keys cannot be fetched, so nobody can be let in.',
    );
  }
}
