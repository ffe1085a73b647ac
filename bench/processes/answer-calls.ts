import { z } from 'zod';

const callSchema = z.object({ id: z.number(), name: z.string(), input: z.unknown() });

/** What a child process can be asked to do, by name. */
export type Handlers = Readonly<Record<string, (input: unknown) => unknown>>;

/** Answers the parent's calls for as long as the parent lives. */
export function answerCalls(handlers: Handlers): void {
  process.on('message', (message) => void answer(handlers, message));
  // The parent is gone, so nobody needs this process.
  process.on('disconnect', () => process.exit(0));
}

async function answer(handlers: Handlers, message: unknown): Promise<void> {
  const { id, name, input } = callSchema.parse(message);
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`There is no call "${name}".`);
    process.send?.({ id, result: (await handler(input)) ?? null });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) });
  }
}
