/**
 * How ioredis names errors of Redis and of the way to it. A ReplyError is whatever Redis itself answered with an
 * error: LOADING, READONLY, CLUSTERDOWN, OOM, MISCONF, NOREPLICAS, TRYAGAIN, MASTERDOWN and more to come.
 */
const REDIS_ERRORS = new Set([
  'ReplyError',
  'ParserError',
  'AbortError',
  'InterruptError',
  'MaxRetriesPerRequestError',
  'ClusterAllFailedError',
]);
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ENOENT',
  'EAI_AGAIN',
]);
/** Connection errors that ioredis throws as plain errors. */
const CONNECTION_TROUBLE =
  /Command timed out|Connection is closed|Connection is in closing|connect E[A-Z]+|read E[A-Z]+|write E[A-Z]+|Stream isn't writeable|Cluster isn't ready|sentinels are unreachable|slots cache|startup nodes|No master node|Node is disconnected|Cluster is disconnect|Cluster redirections|Socket timeout/;

/** Whether an error came from Redis or from the way to it: an outage, not a defect. */
export function isRedisTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (REDIS_ERRORS.has(error.name)) return true;
  if ('code' in error && typeof error.code === 'string' && CONNECTION_CODES.has(error.code)) return true;
  return CONNECTION_TROUBLE.test(error.message);
}
