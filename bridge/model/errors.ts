/** The three systems that the bridge talks to, as they are named in messages. */
export type SystemName = 'ServiceNow' | 'Port' | 'GitLab';

/**
 * The request had no effect, or may safely be sent again: connection refused, rate limit, outage, open breaker.
 * `retryAfterMs` is what the system asked for; `burnsAttempt` is false where waiting is nobody's failure.
 */
export class UpstreamUnavailable extends Error {
  override readonly name = 'UpstreamUnavailable';
  readonly system: SystemName;
  readonly retryAfterMs: number | undefined;
  readonly burnsAttempt: boolean;
  constructor(system: SystemName, message: string, retryAfterMs?: number, burnsAttempt = true) {
    super(message);
    this.system = system;
    this.retryAfterMs = retryAfterMs;
    this.burnsAttempt = burnsAttempt;
  }
}

/** The request was sent and no trustworthy answer came: it may or may not have had its effect. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
  readonly system: SystemName;
  constructor(system: SystemName, message: string) {
    super(message);
    this.system = system;
  }
}

/** The system does not accept our credentials. Waiting burns no attempt; an operator has to mend it. */
export class CredentialsRefused extends Error {
  override readonly name = 'CredentialsRefused';
  readonly system: SystemName;
  constructor(system: SystemName, message: string) {
    super(message);
    this.system = system;
  }
}

/** The system understood the request and said no. Sending the same again is pointless. */
export class RequestRefused extends Error {
  override readonly name = 'RequestRefused';
  readonly system: SystemName;
  readonly status: number;
  constructor(system: SystemName, status: number, message: string) {
    super(message);
    this.system = system;
    this.status = status;
  }
}

/** Not a failure: the flow has to run again after `afterMs`, because something else must happen first. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
  readonly afterMs: number;
  constructor(message: string, afterMs: number) {
    super(message);
    this.afterMs = afterMs;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
