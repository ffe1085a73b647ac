import { createHash } from 'node:crypto';
import { z } from 'zod';

const ROLES = ['read', 'operate', 'admin'] as const;
export type OperatorRole = (typeof ROLES)[number];

/** An operator, known by the SHA-256 of the token; the token itself is not kept. */
export type Operator = { readonly name: string; readonly role: OperatorRole; readonly tokenHash: string };

/** The project that a CI token speaks for, and the SHA-256 of the token. */
export type PipelineToken = { readonly projectId: string; readonly tokenHash: string };

/** `name:role:token` of OPERATOR_TOKENS. */
export const operatorSchema = z
  .string()
  .regex(
    /^[^:,\s]+:(read|operate|admin):\S{16,}$/,
    'must be name:role:token, role read, operate or admin, token at least 16 characters (make one: openssl rand -hex 32)',
  )
  .transform((text): Operator => {
    const [name = '', role = '', ...token] = text.split(':');
    return { name, role: z.enum(ROLES).parse(role), tokenHash: hashToken(token.join(':')) };
  });

/** `project number:token` of PIPELINE_TOKENS. */
export const pipelineTokenSchema = z
  .string()
  .regex(
    /^[1-9]\d{0,17}:\S{16,}$/,
    'must be project number:token, token at least 16 characters (make one: openssl rand -hex 32)',
  )
  .transform((text): PipelineToken => {
    const [projectId = '', ...token] = text.split(':');
    return { projectId, tokenHash: hashToken(token.join(':')) };
  });

/** The hash by which a token is known. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
