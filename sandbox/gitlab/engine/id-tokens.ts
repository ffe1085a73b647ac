import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { Hono } from 'hono';
import type { Job, Pipeline } from '../state/model.ts';

const LIFE_SECONDS = 3600;

/** Signs the id_tokens that a job asks for with `id_tokens:`, and publishes the key. */
export class IdTokens {
  readonly #key = generateKeyPairSync('rsa', { modulusLength: 2048 });
  readonly #kid: string;
  readonly #jwk: { kty: string; n: string; e: string };
  readonly #now: () => number;
  readonly #issuer: () => string;

  constructor(issuer: () => string, now: () => number) {
    const { n = '', e = '' } = this.#key.publicKey.export({ format: 'jwk' });
    this.#jwk = { kty: 'RSA', n, e };
    // RFC 7638: the thumbprint of the required members in lexical order.
    this.#kid = createHash('sha256')
      .update(JSON.stringify({ e, kty: 'RSA', n }))
      .digest('base64url');
    this.#issuer = issuer;
    this.#now = now;
  }

  /** A token for one job. `overrides` replaces claims, for tests of what must be refused. */
  mint(pipeline: Pipeline, job: Job | undefined, audience: string, overrides: object = {}): string {
    const claims = { ...this.#claims(pipeline, job, audience), ...overrides };
    const head = { typ: 'JWT', alg: 'RS256', kid: this.#kid };
    const input = `${encode(head)}.${encode(claims)}`;
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), this.#key.privateKey).toString('base64url')}`;
  }

  /** `/.well-known/openid-configuration` and `/oauth/discovery/keys`. */
  routes(): Hono {
    const app = new Hono();
    app.get('/.well-known/openid-configuration', (c) => {
      const issuer = this.#issuer();
      return c.json({
        issuer,
        authorization_endpoint: `${issuer}/oauth/authorize`,
        token_endpoint: `${issuer}/oauth/token`,
        userinfo_endpoint: `${issuer}/oauth/userinfo`,
        jwks_uri: `${issuer}/oauth/discovery/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        claims_supported: ['iss', 'sub', 'aud', 'exp', 'iat'],
      });
    });
    app.get('/oauth/discovery/keys', (c) =>
      c.json({ keys: [{ ...this.#jwk, kid: this.#kid, use: 'sig', alg: 'RS256' }] }),
    );
    return app;
  }

  #claims(pipeline: Pipeline, job: Job | undefined, audience: string) {
    const issuer = this.#issuer();
    const { project, ref } = pipeline;
    const now = Math.floor(this.#now() / 1000);
    const group = project.path.slice(0, project.path.lastIndexOf('/'));
    const isProtected = (project.protectedRefs ?? project.refs.slice(0, 1)).includes(ref);
    return {
      namespace_id: '72',
      namespace_path: group,
      project_id: String(project.id),
      project_path: project.path,
      user_id: '1',
      user_login: 'root',
      user_email: 'admin@example.com',
      pipeline_id: String(pipeline.id),
      pipeline_source: 'trigger',
      job_id: String(job?.id ?? 1),
      ref,
      ref_type: 'branch',
      ref_path: `refs/heads/${ref}`,
      ref_protected: String(isProtected),
      ...environmentClaims(job),
      runner_id: 1,
      runner_environment: 'self-hosted',
      sha: pipeline.sha,
      project_visibility: 'private',
      ci_config_ref_uri: `${issuer.replace(/^https?:\/\//, '')}/${project.path}//.gitlab-ci.yml@refs/heads/${ref}`,
      ci_config_sha: pipeline.sha,
      jti: randomUUID(),
      iss: issuer,
      iat: now,
      nbf: now - 5,
      exp: now + LIFE_SECONDS,
      sub: `project_path:${project.path}:ref_type:branch:ref:${ref}`,
      aud: audience,
    };
  }
}

function environmentClaims(job: Job | undefined) {
  if (job === undefined || job.environment === null) return {};
  return {
    environment: job.environment,
    environment_protected: 'false',
    deployment_tier: job.environment,
    environment_action: 'start',
  };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
