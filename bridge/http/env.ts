import type { HttpBindings } from '@hono/node-server';

/** What every route is given besides the request: Node's own request and response. */
export type HttpEnv = { Bindings: HttpBindings };

/** What is left of a route's context for those who need no more than Node's own request. */
export type HttpContext = { readonly env: HttpBindings };
