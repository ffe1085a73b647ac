import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { Hono } from 'hono';
import { isProtected, tierOf } from '../api/present-project.ts';
import type { Job, Pipeline } from '../state/model.ts';

type Key = { kid: string; private: KeyObject; jwk: { kty: string; n: string; e: string } };

/** Signs the id_tokens that a job asks for with `id_tokens:`, and publishes the keys. */
export class IdTokens {
  /** The newest signs; all are published. */
  #keys: [Key, ...Key[]] = [newKey()];
  readonly #now: () => number;
  readonly #issuer: () => string;

  constructor(issuer: () => string, now: () => number) {
    this.#issuer = issuer;
    this.#now = now;
  }

  /** Signs with a new key from now on. Kept, the old ones still verify what they signed; dropped, they do not. */
  rotate(old: 'keep' | 'drop'): void {
    this.#keys = old === 'keep' ? [newKey(), ...this.#keys] : [newKey()];
  }

  /** Ends the time in which old keys are still published. */
  dropOldKeys(): void {
    this.#keys = [this.#keys[0]];
  }

  /** A token for one job. `overrides` replaces claims, for tests of what must be refused. */
  mint(pipeline: Pipeline, job: Job | undefined, audience: string, overrides: object = {}): string {
    const claims = { ...this.#claims(pipeline, job, audience), ...overrides };
    const [key] = this.#keys;
    const head = { typ: 'JWT', alg: 'RS256', kid: key.kid };
    const input = `${encode(head)}.${encode(claims)}`;
    return `${input}.${sign('RSA-SHA256', Buffer.from(input), key.private).toString('base64url')}`;
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
      c.json({ keys: this.#keys.map(({ kid, jwk }) => ({ ...jwk, kid, use: 'sig', alg: 'RS256' })) }),
    );
    return app;
  }

  /** The claims of GitLab's documentation, "ID token payload". Those of numbers are strings, but for `runner_id`. */
  #claims(pipeline: Pipeline, job: Job | undefined, audience: string) {
    const issuer = this.#issuer();
    const { project, ref } = pipeline;
    const now = Math.floor(this.#now() / 1000);
    const group = project.path.slice(0, project.path.lastIndexOf('/'));
    const { user } = project;
    return {
      namespace_id: '72',
      namespace_path: group,
      project_id: String(project.id),
      project_path: project.path,
      user_id: String(user.id),
      user_login: user.username,
      user_email: user.email,
      user_access_level: 'maintainer',
      user_identities: [],
      pipeline_id: String(pipeline.id),
      pipeline_source: pipeline.source,
      job_id: String(job?.id ?? 1),
      job_project_id: String(project.id),
      job_project_path: project.path,
      job_namespace_id: '72',
      job_namespace_path: group,
      ref,
      ref_type: 'branch',
      ref_path: `refs/heads/${ref}`,
      ref_protected: String(isProtected(project, ref)),
      groups_direct: [group],
      ...environmentClaims(pipeline, job),
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
      exp: now + project.jobTimeoutSeconds,
      sub: `project_path:${project.path}:ref_type:branch:ref:${ref}`,
      aud: audience,
    };
  }
}

function newKey(): Key {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const { n = '', e = '' } = pair.publicKey.export({ format: 'jwk' });
  // RFC 7638: the thumbprint of the required members in lexical order.
  const kid = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64url');
  return { kid, private: pair.privateKey, jwk: { kty: 'RSA', n, e } };
}

function environmentClaims({ project }: Pipeline, job: Job | undefined) {
  if (job === undefined || job.environment === null) return {};
  return {
    environment: job.environment,
    environment_protected: String(project.protectedEnvironments.includes(job.environment)),
    deployment_tier: tierOf(job.environment),
    environment_action: 'start',
  };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
