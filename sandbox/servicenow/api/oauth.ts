import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import type { OAuthClientSeed, Users } from '../state/users.ts';

const ACCESS_SECONDS = 1799;

type Grant = { readonly userName: string; readonly expiresAt: number };

/** `POST /oauth_token.do`: client credentials, password and refresh token grants. */
export class OAuth {
  readonly #clients: readonly OAuthClientSeed[];
  readonly #users: Users;
  readonly #clock: () => number;
  readonly #access = new Map<string, Grant>();
  readonly #refresh = new Map<string, string>();

  constructor(clients: readonly OAuthClientSeed[], users: Users, clock: () => number) {
    this.#clients = clients;
    this.#users = users;
    this.#clock = clock;
  }

  /** The user for whom an access token was issued, while it is valid. */
  userOf(token: string): string | undefined {
    const grant = this.#access.get(token);
    return grant === undefined || grant.expiresAt <= this.#clock() ? undefined : grant.userName;
  }

  /** Forgets every access token, as an administrator can. */
  revokeAll(): void {
    this.#access.clear();
  }

  async answer(c: Context): Promise<Response> {
    const form = new URLSearchParams(await c.req.text());
    const client = this.#clients.find((known) => known.clientId === form.get('client_id'));
    if (client === undefined || client.clientSecret !== form.get('client_secret')) {
      return refuse(c, 'invalid_client', 'Invalid client credentials');
    }
    const userName = this.#subject(form, client);
    if (userName === undefined) return refuse(c, 'access_denied', 'access_denied');
    return c.json(this.#issue(userName));
  }

  #subject(form: URLSearchParams, client: OAuthClientSeed): string | undefined {
    switch (form.get('grant_type')) {
      case 'client_credentials':
        return client.userName;
      case 'password':
        return this.#users.authenticate(form.get('username') ?? '', form.get('password') ?? '')?.userName;
      case 'refresh_token':
        return this.#refresh.get(form.get('refresh_token') ?? '');
      default:
        return undefined;
    }
  }

  #issue(userName: string): Record<string, string | number> {
    const accessToken = randomBytes(32).toString('base64url');
    const refreshToken = randomBytes(32).toString('base64url');
    this.#access.set(accessToken, { userName, expiresAt: this.#clock() + ACCESS_SECONDS * 1000 });
    this.#refresh.set(refreshToken, userName);
    return {
      access_token: accessToken,
      refresh_token: refreshToken,
      scope: 'useraccount',
      token_type: 'Bearer',
      expires_in: ACCESS_SECONDS,
    };
  }
}

function refuse(c: Context, error: string, description: string): Response {
  return c.json({ error, error_description: description }, 401);
}
