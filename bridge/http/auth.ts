import { timingSafeEqual } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { hashToken, type Operator, type OperatorRole } from '../config.ts';
import { problem, unauthorized } from './problem.ts';

/** What a route knows of its caller after `requireRole`. */
export type Caller = { Variables: { operator: Operator } };

const RANK: Readonly<Record<OperatorRole, number>> = { read: 0, operate: 1, admin: 2 };

/** Lets callers with a bearer token of this role, or a higher one, pass: 401 without one, 403 with a lower one. */
export function requireRole(operators: readonly Operator[], role: OperatorRole) {
  return createMiddleware<Caller>(async (c, next) => {
    const [scheme, token] = (c.req.header('authorization') ?? '').split(' ');
    const operator = scheme?.toLowerCase() === 'bearer' && token ? find(operators, token) : undefined;
    if (operator === undefined) return unauthorized();
    if (RANK[operator.role] < RANK[role]) {
      return problem(
        'forbidden',
        `This needs the role ${role}; the token of ${operator.name} has ${operator.role}.`,
      );
    }
    c.set('operator', operator);
    await next();
    return undefined;
  });
}

function find(operators: readonly Operator[], token: string): Operator | undefined {
  const hash = Buffer.from(hashToken(token));
  const matching = operators.filter((operator) => timingSafeEqual(Buffer.from(operator.tokenHash), hash));
  return matching[0];
}
