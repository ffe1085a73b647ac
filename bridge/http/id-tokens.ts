import { errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { UpstreamUnavailable } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import type { IdTokenIdentity } from '../model/pipeline-identity.ts';
import type { BearerRefusal } from './refusals.ts';
import type { SigningKeys } from './signing-keys.ts';

export type IdTokenOptions = {
  readonly issuer: string;
  /** What a token must have been made for. Undefined: nobody said, so no token is for us. */
  readonly audience: string | undefined;
  readonly keys: SigningKeys;
  readonly clock: Clock;
};

/** How far (s) GitLab's clock may be from ours. */
const TOLERANCE_S = 60;

const number = z
  .union([z.string(), z.number()])
  .transform(String)
  .pipe(z.string().regex(/^[1-9]\d{0,17}$/));
const text = z.string().max(1_000);
/** The claims of a job's id_token (GitLab docs, "ID token authentication", "Token payload"). */
const claimsSchema = z.looseObject({
  project_id: number,
  project_path: text.min(1),
  pipeline_id: number,
  pipeline_source: text.default(''),
  job_id: number,
  ref: text.min(1),
  ref_type: text.default(''),
  ref_protected: z.union([z.boolean(), z.stringbool()]),
  sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  environment: text.optional(),
  user_login: text.default(''),
  user_email: text.default(''),
});

/** Verifies the id_tokens of one GitLab: RS256, issuer, audience, time (60 s of tolerance), and every claim we use. */
export class IdTokens {
  readonly #options: IdTokenOptions;

  constructor(options: IdTokenOptions) {
    this.#options = options;
  }

  /** Who shows the token, or why it proves nothing. Throws UpstreamUnavailable where the keys cannot be fetched. */
  async verify(token: string): Promise<IdTokenIdentity | BearerRefusal> {
    const { issuer, audience, keys, clock } = this.#options;
    if (audience === undefined) return 'wrong-token';
    try {
      const { payload } = await jwtVerify(token, (header, jws) => keys.keyFor(header, jws), {
        algorithms: ['RS256'],
        issuer,
        audience,
        clockTolerance: TOLERANCE_S,
        requiredClaims: ['exp', 'iat'],
        currentDate: new Date(clock()),
      });
      return identityOf(payload, issuer);
    } catch (error) {
      if (error instanceof UpstreamUnavailable) throw error;
      return causeOf(error);
    }
  }
}

function identityOf(payload: JWTPayload, issuer: string): IdTokenIdentity | BearerRefusal {
  const claims = claimsSchema.safeParse(payload);
  if (!claims.success) return 'wrong-token';
  const { data } = claims;
  return {
    kind: 'id-token',
    issuer,
    projectId: data.project_id,
    projectPath: data.project_path,
    pipelineId: data.pipeline_id,
    pipelineSource: data.pipeline_source,
    jobId: data.job_id,
    ref: data.ref,
    refType: data.ref_type,
    refProtected: data.ref_protected,
    sha: data.sha,
    environment: data.environment || undefined,
    user: data.user_login,
    userEmail: data.user_email,
  };
}

/** For the log alone: the caller is told nothing. */
function causeOf(error: unknown): BearerRefusal {
  if (error instanceof errors.JWTExpired) return 'wrong-time';
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'wrong-token';
  if (error.claim === 'aud') return 'wrong-audience';
  if (error.claim === 'iss') return 'wrong-issuer';
  return error.claim === 'nbf' ? 'wrong-time' : 'wrong-token';
}
