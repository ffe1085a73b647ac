import { z } from 'zod';
import type { Child } from './processes/child.ts';
import { until } from './until.ts';

/** How many entities show this mark. */
export async function showing(port: Child, mark: string): Promise<number> {
  return port.call('showing', { mark }, z.number());
}

/** Waits until so many entities show this mark. */
export async function shown(port: Child, mark: string, count: number, deadlineMs = 300_000): Promise<void> {
  const what = `the portal shows ${mark} on ${count} entities`;
  await until(what, async () => (await showing(port, mark)) >= count, deadlineMs);
}

/** Throws unless the portal has exactly these changes, every one right. */
export async function checkPortal(port: Child, count: number, version: number): Promise<void> {
  const schema = z.object({ entities: z.number(), right: z.number() });
  const { entities, right } = await port.call('check', { count, version }, schema);
  if (entities !== count || right !== count) {
    throw new Error(`The portal has ${entities} entities, ${right} of them right, where ${count} should be.`);
  }
}
