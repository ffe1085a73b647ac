import { RequestRefused } from '../../model/errors.ts';
import type { PortDefinitions } from '../../outbound/port-definitions.ts';
import type { Definition, Wanted } from './definition.ts';
import type { Definitions } from './files.ts';
import { placeOf } from './places.ts';
import type { Current } from './plan.ts';

/** What Port has now. */
export type Gathered = {
  readonly current: ReadonlyMap<Wanted, Current>;
  /** Every action and automation; undefined where the credentials may not look. */
  readonly actions: readonly Definition[] | undefined;
};

/** Throws what the client throws, but for a 403: that is a finding. */
export async function gather(port: PortDefinitions, { wanted }: Definitions): Promise<Gathered> {
  const current = new Map<Wanted, Current>();
  for (const each of wanted) current.set(each, await lookAt(port, each));
  const actions = await unlessForbidden(() => port.actions());
  return { current, actions: actions === 'forbidden' ? undefined : actions };
}

async function lookAt(port: PortDefinitions, wanted: Wanted): Promise<Current> {
  return (await unlessForbidden(() => port.read(placeOf(wanted)))) ?? 'none';
}

async function unlessForbidden<T>(read: () => Promise<T>): Promise<T | 'forbidden'> {
  try {
    return await read();
  } catch (error) {
    if (isForbidden(error)) return 'forbidden';
    throw error;
  }
}

export function isForbidden(error: unknown): boolean {
  return error instanceof RequestRefused && error.status === 403;
}
