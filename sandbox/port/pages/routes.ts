import { Hono } from 'hono';
import type { Env } from '../http.ts';
import type { Organisation } from '../organisation.ts';

export function pageRoutes(_org: Organisation): Hono<Env> {
  return new Hono<Env>();
}
