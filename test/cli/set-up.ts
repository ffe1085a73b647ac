import { expect } from 'vitest';
import { call, machine, type Machine, shown } from './support.ts';

export const CHANGE = 'servicenowChangeRequest';
export const APPROVE = 'approve_and_deploy_service';
export const SET_UP = 'setup port --yes';

/** A portal that was set up, and whose requests are forgotten. */
export async function setUp(env: Readonly<Record<string, string>> = {}): Promise<Machine> {
  const it = await machine();
  expect((await it.run(SET_UP, { env })).code).toBe(0);
  it.port.requests.clear();
  return it;
}

/** Sends an action back to the portal with an edit, as somebody in its interface does. */
export async function edit(
  { port }: Machine,
  identifier: string,
  change: (action: Record<string, unknown>) => Record<string, unknown>,
): Promise<void> {
  const {
    createdAt: _a,
    createdBy: _b,
    updatedAt: _c,
    updatedBy: _d,
    ...action
  } = await shown(port, `/actions/${identifier}`);
  await call(port, 'PUT', `/actions/${identifier}`, change(action));
  port.requests.clear();
}
