/** The kinds of error answers. The `type` of each is a place on the bridge's page /docs/problems. */
export type ProblemName =
  | 'malformed'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'impossible'
  | 'too-many-wrong-tokens'
  | 'internal'
  | 'busy'
  | 'unavailable';

type Kind = { readonly status: number; readonly title: string; readonly advice: string };

/** Every problem that the bridge answers with, and what to do about it. */
export const PROBLEMS: Readonly<Record<ProblemName, Kind>> = {
  malformed: {
    status: 400,
    title: 'The request cannot be understood',
    advice: 'The detail names the first field that does not fit. The same request will be refused again.',
  },
  unauthorized: {
    status: 401,
    title: 'The request is not authorised',
    advice:
      'Webhooks: compare the secrets of both sides, and the clocks (five minutes at most). Operators and pipelines: send "Authorization: Bearer" and a token of OPERATOR_TOKENS. The answer is the same for every cause.',
  },
  forbidden: {
    status: 403,
    title: 'The token may not do this',
    advice: 'The detail names the role that is needed: read, operate or admin.',
  },
  'not-found': { status: 404, title: 'There is no such thing', advice: 'Check the address and the id.' },
  conflict: {
    status: 409,
    title: 'Somebody else was first',
    advice:
      'A pipeline must stop before it deploys. An operator looks at the present state and decides anew.',
  },
  'too-large': {
    status: 413,
    title: 'The body is too large',
    advice: 'A body may have at most 64 KiB, a GitLab hook at most 2 MiB.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'The body must be JSON',
    advice: 'Send the header "Content-Type: application/json".',
  },
  impossible: {
    status: 422,
    title: 'The request cannot be carried out',
    advice: 'It is well formed, but something that it needs is missing; the detail says what.',
  },
  'too-many-wrong-tokens': {
    status: 429,
    title: 'Too many wrong tokens came from this address',
    advice: 'Wait for the seconds in Retry-After, then send a valid token. A valid token is never held back.',
  },
  internal: {
    status: 500,
    title: 'The bridge has a defect',
    advice: 'Report it with the correlation id: the log line of the error has the same one.',
  },
  busy: {
    status: 503,
    title: 'The bridge is reading too many bodies at once',
    advice: 'Nothing was accepted. Send it again after the seconds in Retry-After.',
  },
  unavailable: {
    status: 503,
    title: 'The bridge cannot store anything right now',
    advice:
      'Nothing was accepted. Send it again after the seconds in Retry-After. An operator looks at Redis.',
  },
};

/** After how many seconds a sender may try again, unless the problem says otherwise. */
const RETRY_AFTER_S = 5;

/** Ends a request with a problem. `retryAfterS` (seconds) counts only where waiting helps: 429 and 503. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemName;
  readonly retryAfterS: number;
  constructor(problem: ProblemName, detail: string, retryAfterS = RETRY_AFTER_S) {
    super(detail);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }
}

/** The one answer to whoever does not prove who they are: it does not tell the cause. */
export function unauthorized(): ProblemError {
  return new ProblemError('unauthorized', 'A valid signature or token is needed.');
}

/** The answer that tells a problem (RFC 9457). A defect's answer names the log line by its correlation id. */
export function problemResponse(error: ProblemError, correlationId?: string): Response {
  const { status, title } = PROBLEMS[error.problem];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (status === 429 || status === 503) headers['retry-after'] = String(error.retryAfterS);
  if (status === 401) headers['www-authenticate'] = 'Bearer';
  // Reading the rest of a body that is refused would cost what the refusal saves.
  if (error.problem === 'busy') headers['connection'] = 'close';
  const body = {
    type: `/docs/problems#${error.problem}`,
    title,
    status,
    detail: error.message,
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  };
  return new Response(JSON.stringify(body), { status, headers });
}
