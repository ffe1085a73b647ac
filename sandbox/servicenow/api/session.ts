import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import type { User, Users } from '../state/users.ts';
import type { OAuth } from './oauth.ts';

/** Opens a session for a caller that brings no cookie; counts them, as every one costs the instance. */
export class Sessions {
  #opened = 0;

  get opened(): number {
    return this.#opened;
  }

  touch(c: Context): void {
    if (getCookie(c, 'JSESSIONID') !== undefined) return;
    this.#opened += 1;
    setCookie(c, 'JSESSIONID', randomBytes(16).toString('hex').toUpperCase(), { path: '/', httpOnly: true });
    setCookie(c, 'glide_user_route', `glide.${randomBytes(16).toString('hex')}`, {
      path: '/',
      httpOnly: true,
      maxAge: 2_147_483,
    });
    setCookie(c, 'BIGipServerpool_sandbox', '1845789450.47166.0000', { path: '/', httpOnly: true });
  }
}

/** The user whom the request's `Authorization` header proves, if any. */
export function authenticate(c: Context, users: Users, oauth: OAuth): User | undefined {
  const header = c.req.header('authorization') ?? '';
  const [scheme = '', credentials = ''] = header.split(/ +/, 2);
  if (scheme.toLowerCase() === 'bearer') {
    const userName = oauth.userOf(credentials);
    return userName === undefined ? undefined : users.byName(userName);
  }
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const decoded = Buffer.from(credentials, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon < 0 ? undefined : users.authenticate(decoded.slice(0, colon), decoded.slice(colon + 1));
}
