import { timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { hashToken, type Operator, type OperatorRole } from '../config.ts';
import type { HttpContext, HttpEnv } from './env.ts';
import { ProblemError } from './problem.ts';
import type { Refusals } from './refusals.ts';

/** What a route knows of its caller after `requireRole`. */
export type Caller = HttpEnv & { Variables: { operator: Operator } };

/** Who may call, and what becomes of those who may not. */
export type Doorkeeper = { readonly operators: readonly Operator[]; readonly refusals: Refusals };

const RANK: Readonly<Record<OperatorRole, number>> = { read: 0, operate: 1, admin: 2 };

/** Lets callers with a bearer token of this role, or a higher one, pass: 401 without one, 403 with a lower one. */
export function requireRole({ operators, refusals }: Doorkeeper, role: OperatorRole) {
  return createMiddleware<Caller>(async (c, next) => {
    const token = bearerToken(c);
    if (token === undefined) throw refusals.bearer(c, 'no-proof');
    const operator = find(operators, token);
    if (operator === undefined) throw refusals.bearer(c, 'wrong-token');
    if (RANK[operator.role] < RANK[role]) {
      throw new ProblemError(
        'forbidden',
        `This needs the role ${role}; the token of ${operator.name} has ${operator.role}.`,
      );
    }
    c.set('operator', operator);
    await next();
  });
}

/** Whether the caller shows a valid token of any role. Without a token it is false; a wrong one throws the 401. */
export function showsToken<E extends HttpEnv>({ operators, refusals }: Doorkeeper, c: Context<E>): boolean {
  const token = bearerToken(c);
  if (token === undefined) return false;
  if (find(operators, token) === undefined) throw refusals.bearer(c, 'wrong-token');
  return true;
}

/** The token of `Authorization: Bearer …`, where there is one. */
export function bearerToken(c: HttpContext): string | undefined {
  const [scheme, token] = (c.env.incoming.headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined;
}

function find(operators: readonly Operator[], token: string): Operator | undefined {
  const hash = Buffer.from(hashToken(token));
  const matching = operators.filter((operator) => timingSafeEqual(Buffer.from(operator.tokenHash), hash));
  return matching[0];
}
