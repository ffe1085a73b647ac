import type { Context } from 'hono';
import { HTTP_FAULTS } from '../lib/http-faults.ts';

/**
 * What can be made to go wrong. Subjects for `match`: "METHOD /path?query" for HTTP faults and the trigger's
 * own refusals; the event's name for hooks; "<project path> <job name>" for jobs and "<project path>"
 * for the runner.
 */
export const GITLAB_FAULTS = [
  ...HTTP_FAULTS,
  /** The trigger answers its 400 with `message` as an object, or as a plain string. */
  'rate-limit',
  'rate-limit-string',
  /** The pipeline is created and fails at once: 422. */
  'created-but-failed',
  'drop-hook',
  'duplicate-hook',
  /** No runner takes the pipeline: it stays pending until `release` or `finish`. */
  'runner-stuck',
  'job-fails',
] as const;

export type GitLabFault = (typeof GITLAB_FAULTS)[number];

export const RATE_LIMIT = 'Too many pipelines created in the last minute. Try again later.';

/** The instance's own words for the HTTP faults. */
export const HTTP_FAULT_ANSWERS = {
  '429': (c: Context) => {
    c.header('Retry-After', '1');
    const error = 'This endpoint has been requested too many times. Try again later.';
    return c.json({ message: { error } }, 429);
  },
  '500': (c: Context) => c.json({ message: '500 Internal Server Error' }, 500),
  '502': (c: Context) =>
    c.html(
      '<!DOCTYPE html><html><head><title>GitLab is not responding</title></head>' +
        '<body><h1>502</h1><h3>Whoops, GitLab is taking too much time to respond.</h3></body></html>',
      502,
    ),
};
