import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error as the REST APIs of the platform answer it. */
export class RestError extends Error {
  readonly status: ContentfulStatusCode;
  readonly detail: string | null;
  constructor(status: ContentfulStatusCode, message: string, detail: string | null) {
    super(message);
    this.name = 'RestError';
    this.status = status;
    this.detail = detail;
  }
}

/** The answer for an error: `{"error":{"message","detail"},"status":"failure"}`. */
export function answerError(c: Context, error: RestError): Response {
  if (error.status === 401) c.header('WWW-Authenticate', 'BASIC realm="Service-now"');
  return c.json({ error: { message: error.message, detail: error.detail }, status: 'failure' }, error.status);
}

export const errors = {
  invalidTable: (table: string) => new RestError(400, `Invalid table ${table}`, null),
  badRequest: (message: string, detail: string | null) => new RestError(400, message, detail),
  unauthenticated: () => new RestError(401, 'User Not Authenticated', 'Required to provide Auth information'),
  noWebService: () => new RestError(403, 'User Not Authorized', 'Failed API level ACL Validation'),
  aclWrite: (operation: 'Insert' | 'Update' | 'Delete') =>
    new RestError(403, 'Operation Failed', `ACL Exception ${operation} Failed due to security constraints`),
  aborted: (detail: string) => new RestError(403, 'Operation Failed', detail),
  queryRights: () =>
    new RestError(
      403,
      'Insufficient rights to query records',
      'Field(s) present in the query do not have permission to be read',
    ),
  notFound: () =>
    new RestError(404, 'No Record found', "Record doesn't exist or ACL restricts the record retrieval"),
  unsupported: (path: string) => new RestError(400, 'Requested URI does not represent any resource', path),
};
