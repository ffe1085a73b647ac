import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { z } from 'zod';

/** A refusal in Port's shape: `{"ok":false,"error","message","details"?}`. */
export class PortError extends Error {
  readonly status: ContentfulStatusCode;
  readonly code: string;
  readonly details: Record<string, unknown> | undefined;

  constructor(
    status: ContentfulStatusCode,
    code: string,
    message: string,
    details?: Record<string, unknown>,
  ) {
    super(message);
    this.name = 'PortError';
    this.status = status;
    this.code = code;
    this.details = details;
  }

  body(): Record<string, unknown> {
    const plain = { ok: false, error: this.code, message: this.message };
    return this.details === undefined ? plain : { ...plain, details: this.details };
  }
}

export function notFound(resource: string, value: string): PortError {
  return new PortError(404, 'not_found', `"${resource}" with identifier "${value}" was not found`, {
    resource,
    value,
  });
}

export function taken(resource: string, value: string): PortError {
  return new PortError(409, 'identifier_taken', `"${resource}" with identifier "${value}" already exists`, {
    resource,
    value,
  });
}

export function invalid(message: string, details?: Record<string, unknown>): PortError {
  return new PortError(422, 'invalid_request', message, details);
}

export function tooMany(): PortError {
  return new PortError(429, 'rate_limit_exceeded', 'Too many requests; wait until x-ratelimit-reset');
}

export function forbidden(message: string): PortError {
  return new PortError(403, 'forbidden', message);
}

export function unauthorized(message: string): PortError {
  return new PortError(401, 'unauthorized', message);
}

/** Reads `value` with `schema`; throws Port's 422 that names the first offending field. */
export function parse<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue === undefined || issue.path.length === 0 ? 'body' : issue.path.join('.');
  throw invalid(`"${field}" ${issue?.message ?? 'is invalid'}`, {
    errors: result.error.issues.map((each) => ({ path: each.path.join('.'), message: each.message })),
  });
}
