import { z } from 'zod';
import { statedPipelineSchema } from './caller.ts';

/** The body of `POST /v1/gates`: what a pipeline says when it asks for a gate. */
export const gateRequestSchema = z.strictObject({
  deploy_run_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .optional(),
  pipeline: statedPipelineSchema.optional(),
  reason: z.string().min(1).max(2000),
  short_description: z.string().max(160).optional(),
  description: z.string().max(4000).optional(),
  business_service: z.string().max(160).optional(),
  category: z.string().max(40).optional(),
  priority: z
    .string()
    .regex(/^[1-5]$/)
    .optional(),
  tags: z
    .array(
      z
        .string()
        .regex(/^(?!deploy_run:|gitlab_)[^,\s]{1,100}$/, 'may not hold a comma, a space or a reserved name'),
    )
    .max(10)
    .optional(),
  port_context: z
    .looseObject({
      runId: z
        .string()
        .regex(/^[A-Za-z0-9_-]{1,128}$/)
        .optional(),
    })
    .optional(),
});
