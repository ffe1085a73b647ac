import { messageOf, OutcomeUnknown, RequestRefused } from '../../model/errors.ts';
import type { FlowContext } from './context.ts';

type Fact = {
  readonly actor?: string;
  readonly action: string;
  readonly subject: string;
  readonly reason: string;
};

/**
 * Audits a call out of a flow, before it is made and how it ended: `:done`, `:refused`, `:unknown` where it was sent and
 * no trustworthy answer came, or `:failed` where it surely had no effect. Throws what the call throws.
 */
export async function audited<T>(
  ctx: FlowContext,
  fact: Fact,
  call: () => Promise<T>,
  outcomeOf: (result: T) => string,
): Promise<T> {
  await audit(ctx, fact);
  let result: T;
  try {
    result = await call();
  } catch (error) {
    await audit(ctx, { ...fact, action: `${fact.action}:${wordFor(error)}`, reason: messageOf(error) });
    throw error;
  }
  await audit(ctx, { ...fact, action: `${fact.action}:done`, reason: outcomeOf(result) });
  return result;
}

/** One entry of the audit log, by the bridge itself where nobody is named. */
export async function audit(ctx: FlowContext, { actor = 'Changebridge', ...fact }: Fact): Promise<void> {
  await ctx.ledger.audit.append({ at: ctx.clock(), actor, ...fact });
}

/** How a call ended that threw. */
export function wordFor(error: unknown): 'unknown' | 'refused' | 'failed' {
  if (error instanceof OutcomeUnknown) return 'unknown';
  return error instanceof RequestRefused ? 'refused' : 'failed';
}
