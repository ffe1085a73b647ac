import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import type { Log } from '../log.ts';
import { messageOf } from '../model/errors.ts';
import { ProblemError, problemResponse } from './problem.ts';

/**
 * Turns whatever a route threw into its answer: a problem as it is, an outage of Redis into 503, and anything
 * else, which is a defect, into 500 with a correlation id that the log line has too.
 */
export function errorHandler(log: Log, isOutage: (error: unknown) => boolean) {
  return (error: unknown, c: Context): Response => {
    if (error instanceof ProblemError) return problemResponse(error);
    const request = { method: c.req.method, path: c.req.path };
    if (isOutage(error)) {
      log.error({ ...request, error: messageOf(error) }, 'Redis is away: the sender was asked to retry.');
      return problemResponse(
        new ProblemError('unavailable', 'Redis is away, so nothing was accepted. Send it again.'),
      );
    }
    const correlationId = randomUUID();
    const stack = error instanceof Error ? error.stack : undefined;
    log.error({ ...request, correlationId, error: messageOf(error), stack }, 'A request met a defect.');
    return problemResponse(
      new ProblemError('internal', 'The bridge failed to do this. It is not the fault of the request.'),
      correlationId,
    );
  };
}
