/** An error answer (RFC 9457). `type` is a page of the bridge's own documentation. */
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

const TITLES: Readonly<Record<ProblemName, readonly [status: number, title: string]>> = {
  malformed: [400, 'The request cannot be understood'],
  unauthorized: [401, 'The request is not authorised'],
  forbidden: [403, 'The token may not do this'],
  'not-found': [404, 'There is no such thing'],
  conflict: [409, 'Somebody else was first'],
  'too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body must be JSON'],
  impossible: [422, 'The request cannot be carried out'],
  unavailable: [503, 'The bridge cannot store anything right now'],
};

/** Seconds after which a sender may try again when Redis is away. */
const RETRY_AFTER_S = 5;

export function problem(name: ProblemName, detail: string): Response {
  const [status, title] = TITLES[name];
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
