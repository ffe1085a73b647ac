/** The kinds of error answers (RFC 9457). Their `type` is a place on the bridge's page /docs/problems. */
export type ProblemName =
  | 'malformed'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported-media-type'
  | 'impossible'
  | 'unavailable';

type Kind = { readonly status: number; readonly title: string; readonly advice: string };

/** Every problem that the bridge answers with, and what whoever meets it should do. */
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
  'too-large': { status: 413, title: 'The body is too large', advice: 'A body may have at most 64 KiB.' },
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
  unavailable: {
    status: 503,
    title: 'The bridge cannot store anything right now',
    advice:
      'Nothing was accepted. Send it again after the seconds in Retry-After. An operator looks at Redis.',
  },
};

/** Seconds after which a sender may try again when Redis is away. */
const RETRY_AFTER_S = 5;

/** The answer for one problem, with what is special to this case. */
export function problem(name: ProblemName, detail: string): Response {
  const { status, title } = PROBLEMS[name];
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (name === 'unavailable') headers['retry-after'] = String(RETRY_AFTER_S);
  if (name === 'unauthorized') headers['www-authenticate'] = 'Bearer';
  const body = { type: `/docs/problems#${name}`, title, status, detail };
  return new Response(JSON.stringify(body), { status, headers });
}

/** The one answer to whatever does not prove who it is: it tells nothing of the cause. */
export function unauthorized(): Response {
  return problem('unauthorized', 'A valid signature or token is needed.');
}
