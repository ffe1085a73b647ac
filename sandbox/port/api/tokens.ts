import { randomBytes, timingSafeEqual, createHash } from 'node:crypto';
import { unauthorized } from './errors.ts';
import type { Actor } from '../state/model.ts';
import type { Clock } from '../state/store.ts';

/** Port's access tokens live three hours. */
const LIFETIME_SECONDS = 10_800;

export interface Grant {
  accessToken: string;
  expiresIn: number;
  tokenType: 'Bearer';
}

export interface Tokens {
  /** The current token of the client; the same one until it expires. @throws PortError 401 */
  exchange(clientId: string, clientSecret: string): Grant;
  /** A token for the portal's own calls on behalf of `actor`. */
  issueFor(actor: Actor): string;
  /** Who a bearer token speaks for. @throws PortError 401 for an unknown or expired one */
  resolve(authorization: string | undefined): Actor;
  /** Ends every token now, as a rotation of the credentials would. */
  revokeAll(): void;
}

export function createTokens(clientId: string, clientSecret: string, clock: Clock): Tokens {
  const issued = new Map<string, { actor: Actor; expiresAt: number }>();
  let current: { token: string; expiresAt: number } | undefined;

  function issue(actor: Actor): { token: string; expiresAt: number } {
    const token = randomBytes(32).toString('hex');
    const expiresAt = clock() + LIFETIME_SECONDS * 1000;
    issued.set(token, { actor, expiresAt });
    return { token, expiresAt };
  }

  return {
    exchange(id, secret) {
      if (!same(id, clientId) || !same(secret, clientSecret)) {
        throw unauthorized('The client id or the client secret is wrong');
      }
      if (current === undefined || current.expiresAt <= clock())
        current = issue({ id: clientId, origin: 'API' });
      const expiresIn = Math.max(1, Math.floor((current.expiresAt - clock()) / 1000));
      return { accessToken: current.token, expiresIn, tokenType: 'Bearer' };
    },
    issueFor: (actor) => issue(actor).token,
    resolve(authorization) {
      const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1];
      const grant = token === undefined ? undefined : issued.get(token);
      if (grant === undefined || grant.expiresAt <= clock()) {
        throw unauthorized('The access token is missing, invalid or expired');
      }
      return grant.actor;
    },
    revokeAll() {
      issued.clear();
      current = undefined;
    },
  };
}

function same(left: string, right: string): boolean {
  return timingSafeEqual(digest(left), digest(right));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
