/** The kinds of error answers. The `type` of each is a place on the bridge's page /docs/problems. */
export type ProblemName =
  | 'malformed'
  | 'unauthorized'
  | 'forbidden'
  | 'not-allowed'
  | 'identity-mismatch'
  | 'other-project'
  | 'not-found'
  | 'conflict'
  | 'other-pipeline'
  | 'other-commit'
  | 'superseded'
  | 'declined'
  | 'on-hold'
  | 'outside-window'
  | 'cancelled'
  | 'undecided'
  | 'too-large'
  | 'unsupported-media-type'
  | 'impossible'
  | 'too-many-wrong-tokens'
  | 'internal'
  | 'busy'
  | 'identity-unavailable'
  | 'servicenow-unavailable'
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
      'Webhooks: compare the secrets of both sides, and the clocks (five minutes at most). Operators: send "Authorization: Bearer" and a token of OPERATOR_TOKENS. Pipelines: send an id_token whose aud is the address of the bridge (GITLAB_OIDC_AUDIENCE), or a token of PIPELINE_TOKENS. The answer is the same for every cause; the log of the bridge tells it.',
  },
  forbidden: {
    status: 403,
    title: 'The token may not do this',
    advice: 'The detail names the role that is needed: read, operate or admin.',
  },
  'not-allowed': {
    status: 403,
    title: 'No rule lets this pipeline do that',
    advice:
      'Whoever runs the bridge says in PIPELINE_RULES which projects, refs and environments may ask for a gate, claim and report. Without rules: protected refs of the projects that have a trigger token.',
  },
  'identity-mismatch': {
    status: 403,
    title: 'The request says otherwise than the token',
    advice: 'Who calls is what the token says. Leave out of the body what the token proves.',
  },
  'other-project': {
    status: 403,
    title: 'The decision belongs to another project',
    advice: 'Only the project whose pipeline was started for a decision may claim it.',
  },
  'not-found': { status: 404, title: 'There is no such thing', advice: 'Check the address and the id.' },
  conflict: {
    status: 409,
    title: 'Somebody else was first',
    advice:
      'A pipeline must stop before it deploys. An operator looks at the present state and decides anew.',
  },
  'other-pipeline': {
    status: 409,
    title: 'The decision belongs to another pipeline',
    advice: 'One decision, one deployment. Start a deployment of your own if another one is wanted.',
  },
  'other-commit': {
    status: 409,
    title: 'The decision is about another commit',
    advice:
      'The branch has moved since the gate was asked for. Run the pipeline of the commit that is to go out, so that it asks for a gate of its own; or set "same_commit": false in PIPELINE_RULES.',
  },
  superseded: {
    status: 409,
    title: 'The decision no longer stands',
    advice: 'A newer decision took its place, or it was withdrawn. Look at the change in ServiceNow.',
  },
  declined: {
    status: 409,
    title: 'The change was declined',
    advice: 'Nothing may be deployed. The reason stands in ServiceNow.',
  },
  'on-hold': {
    status: 409,
    title: 'The change is on hold',
    advice: 'Take the hold off the change in ServiceNow, then run the job again.',
  },
  'outside-window': {
    status: 409,
    title: 'The change is outside its planned window',
    advice:
      'Run the job again within the planned start and end date of the change (not_before says when it begins), move the dates in ServiceNow, or set CHANGE_WINDOW=ignore.',
  },
  cancelled: {
    status: 409,
    title: 'The change was cancelled, closed or deleted',
    advice: 'Nothing may be deployed. Start the deployment anew.',
  },
  undecided: {
    status: 409,
    title: 'The change is not decided',
    advice: 'Wait for the decision. A decision that is parked waits for an operator.',
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
  'identity-unavailable': {
    status: 503,
    title: 'Nobody can prove who they are right now',
    advice:
      'The keys of GITLAB_OIDC_ISSUER cannot be fetched. Send the request again after the seconds in Retry-After.',
  },
  'servicenow-unavailable': {
    status: 503,
    title: 'ServiceNow cannot be asked',
    advice:
      'A deployment starts only after a look at the change. Send the request again after the seconds in Retry-After.',
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

/**
 * Ends a request with a problem. `retryAfterS` (seconds) counts only where waiting helps: 429 and 503. `members` go
 * into the answer as they are.
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: ProblemName;
  readonly retryAfterS: number;
  readonly members: Readonly<Record<string, string>>;
  constructor(
    problem: ProblemName,
    detail: string,
    retryAfterS = RETRY_AFTER_S,
    members: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
    this.members = members;
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
    ...error.members,
    ...(correlationId === undefined ? {} : { correlation_id: correlationId }),
  };
  return new Response(JSON.stringify(body), { status, headers });
}
