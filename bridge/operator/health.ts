import { Hono } from 'hono';
import { messageOf } from '../model/errors.ts';
import type { OperatorContext } from './context.ts';

/** A job that could run and has waited for longer than this (ms) is worth a warning. */
const OLD_JOB_MS = 60_000;

type Check = {
  readonly status: 'pass' | 'warn' | 'fail';
  readonly output?: string;
  readonly observed?: unknown;
};

/**
 * `/livez` (the process answers), `/readyz` (it can store what it is sent) and `/health` (how it is, in
 * application/health+json). A system's outage is a warning: webhooks must still be accepted.
 */
export function healthRoutes(operator: OperatorContext): Hono {
  return new Hono()
    .get('/livez', (c) => c.text('ok'))
    .get('/readyz', async (c) => {
      const problems = await unreadyBecause(operator);
      const verbose = c.req.query('verbose') !== undefined;
      if (problems.length === 0) return c.text('ok');
      return c.text(verbose ? problems.join('\n') : 'not ready', 503);
    })
    .get('/health', async (c) => {
      const checks = await allChecks(operator);
      const states = Object.values(checks).map((check) => check.status);
      const status = states.includes('fail') ? 'fail' : states.includes('warn') ? 'warn' : 'pass';
      return c.body(JSON.stringify({ status, checks }), status === 'fail' ? 503 : 200, {
        'content-type': 'application/health+json',
      });
    })
    .get('/metrics', async (c) => c.text(await operator.metrics.text()));
}

async function unreadyBecause(operator: OperatorContext): Promise<string[]> {
  const problems: string[] = [];
  if (operator.draining()) problems.push('The bridge is shutting down.');
  const redis = await redisCheck(operator);
  if (redis.status === 'fail') problems.push(redis.output ?? 'Redis is away.');
  return problems;
}

async function redisCheck(operator: OperatorContext): Promise<Check> {
  try {
    await operator.ledger.ping();
    const policy = await evictionPolicy(operator);
    if (policy === undefined || policy === 'noeviction') return { status: 'pass' };
    return {
      status: 'fail',
      output: `Redis evicts keys (maxmemory-policy ${policy}): set it to noeviction, or approvals can be lost.`,
    };
  } catch {
    return { status: 'fail', output: 'Redis does not answer.' };
  }
}

/** Undefined where Redis' access rules keep it from the bridge: a managed Redis is judged by its owner. */
async function evictionPolicy(operator: OperatorContext): Promise<string | undefined> {
  try {
    return await operator.ledger.evictionPolicy();
  } catch (error) {
    if (messageOf(error).startsWith('NOPERM')) return undefined;
    throw error;
  }
}

async function allChecks(operator: OperatorContext): Promise<Record<string, Check>> {
  const redis = await redisCheck(operator);
  const checks: Record<string, Check> = { redis };
  for (const upstream of operator.upstreams()) {
    checks[upstream.system.toLowerCase()] = upstream.ok
      ? { status: 'pass' }
      : { status: 'warn', output: upstream.message };
  }
  if (redis.status === 'fail') return checks;
  const letters = await operator.ledger.deadLetters.count();
  checks['dead-letters'] = {
    status: letters === 0 ? 'pass' : 'warn',
    observed: letters,
    ...(letters === 0 ? {} : { output: 'See /v1/dead-letters.' }),
  };
  for (const [name, output] of Object.entries(await operator.ledger.warnings.all())) {
    checks[name] = { status: 'warn', output };
  }
  for (const { name } of operator.flows) checks[`queue:${name}`] = await queueCheck(operator, name);
  return checks;
}

async function queueCheck(operator: OperatorContext, flow: string): Promise<Check> {
  const observed = await operator.queues.counts(flow);
  if (observed.paused) return { status: 'warn', observed, output: 'Paused by an operator.' };
  const oldest = await operator.queues.oldestWaiting(flow);
  const ageMs = oldest === undefined ? 0 : operator.clock() - oldest;
  if (ageMs < OLD_JOB_MS) return { status: 'pass', observed };
  return {
    status: 'warn',
    observed,
    output: `The oldest job has waited ${Math.round(ageMs / 1000)} s: is a worker running?`,
  };
}
