import { z } from 'zod';

const payloadSchema = z.looseObject({
  decision_id: z.string().optional().catch(undefined),
  system_id: z.string().optional().catch(undefined),
  approval_status: z.string().optional().catch(undefined),
});

/** What a pipeline was started with, as far as the bridge wrote it. */
export type TriggerPayload = z.output<typeof payloadSchema>;

/** TRIGGER_PAYLOAD among a pipeline's variables; empty where there is none, or it makes no sense. */
export function payloadOf(
  variables: readonly { readonly key: string; readonly value?: unknown }[],
): TriggerPayload {
  const text = variables.find((variable) => variable.key === 'TRIGGER_PAYLOAD')?.value;
  if (typeof text !== 'string') return {};
  try {
    return payloadSchema.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}
