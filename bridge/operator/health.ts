import { Hono } from 'hono';
import { showsToken } from '../http/auth.ts';
import type { HttpEnv } from '../http/env.ts';
import { atMostEvery } from './at-most-every.ts';
import type { OperatorContext } from './context.ts';

/** A job that could run and has waited for longer than this (ms) is worth a warning. */
const OLD_JOB_MS = 60_000;
/** How old (ms) an answer may be that anybody may ask for: asking often must cost Redis little. */
const PUBLIC_MS = 1_000;

type Status = 'pass' | 'warn' | 'fail';
type Check = { readonly status: Status; readonly output?: string; readonly observed?: unknown };
type Health = { readonly status: Status; readonly checks: Readonly<Record<string, Check>> };

/**
 * `/livez` (the process answers), `/readyz` (it can store what it is sent) and `/health` (how it is, in
 * application/health+json). A system's outage is a warning: webhooks must still be accepted. Without a token
 * `/health` tells the status alone, at most a second old; with one it tells every check as it is now.
 */
export function healthRoutes(operator: OperatorContext): Hono<HttpEnv> {
  const publicHealth = atMostEvery(PUBLIC_MS, operator.clock, () => healthOf(operator));
  const publicMetrics = atMostEvery(PUBLIC_MS, operator.clock, () => operator.metrics.text());
  return new Hono<HttpEnv>()
    .get('/livez', (c) => c.text('ok'))
    .get('/readyz', async (c) => {
      const troubles = operator.draining() ? ['The bridge is shutting down.'] : [];
      troubles.push(...(await operator.redisTroubles()));
      if (troubles.length === 0) return c.text('ok');
      const verbose = c.req.query('verbose') !== undefined;
      return c.text(verbose ? troubles.join('\n') : 'not ready', 503);
    })
    .get('/health', async (c) => {
      const isTrusted = showsToken(operator.doorkeeper, c);
      const { status, checks } = await (isTrusted ? healthOf(operator) : publicHealth());
      const body = isTrusted ? { status, checks } : { status };
      return c.body(JSON.stringify(body), status === 'fail' ? 503 : 200, {
        'content-type': 'application/health+json',
      });
    })
    .get('/metrics', async (c) => c.text(await publicMetrics()));
}

async function healthOf(operator: OperatorContext): Promise<Health> {
  const checks = await allChecks(operator);
  const states = Object.values(checks).map((check) => check.status);
  const status = states.includes('fail') ? 'fail' : states.includes('warn') ? 'warn' : 'pass';
  return { status, checks };
}

async function allChecks(operator: OperatorContext): Promise<Record<string, Check>> {
  const troubles = await operator.redisTroubles();
  const checks: Record<string, Check> = {
    redis: troubles.length === 0 ? { status: 'pass' } : { status: 'fail', output: troubles.join(' ') },
  };
  for (const upstream of operator.upstreams()) {
    checks[upstream.system.toLowerCase()] = upstream.ok
      ? { status: 'pass' }
      : { status: 'warn', output: upstream.message };
  }
  if (troubles.length > 0) return checks;
  const letters = await operator.ledger.deadLetters.count();
  checks['dead-letters'] = {
    status: letters === 0 ? 'pass' : 'warn',
    observed: letters,
    ...(letters === 0 ? {} : { output: 'See /v1/dead-letters.' }),
  };
  for (const [name, output] of Object.entries(await operator.ledger.warnings.all())) {
    checks[name] = { status: 'warn', output };
  }
  const queues = await Promise.all(
    operator.flows.map(async ({ name }) => [`queue:${name}`, await queueCheck(operator, name)] as const),
  );
  return { ...checks, ...Object.fromEntries(queues) };
}

async function queueCheck(operator: OperatorContext, flow: string): Promise<Check> {
  const observed = await operator.queues.counts(flow);
  if (observed.paused) return { status: 'warn', observed, output: 'Paused by an operator.' };
  const oldest = observed.waiting === 0 ? undefined : await operator.queues.oldestWaiting(flow);
  const ageMs = oldest === undefined ? 0 : operator.clock() - oldest;
  if (ageMs < OLD_JOB_MS) return { status: 'pass', observed };
  return {
    status: 'warn',
    observed,
    output: `The oldest job has waited ${Math.round(ageMs / 1000)} s: is a worker running?`,
  };
}
