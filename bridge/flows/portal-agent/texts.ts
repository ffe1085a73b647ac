import type { ClaimedKind } from '../shared/agent-keys.ts';

// Everything that people read about runs that are claimed.

const NOBODY_ELSE =
  'It was left to another agent of the organisation; if there is none, nobody carries it out.';

const KINDS: Readonly<Record<ClaimedKind, string>> = {
  webhook: 'runs of WEBHOOK actions',
  gitlab: 'runs of GITLAB actions',
  workflow: 'runs of workflows’ nodes',
};

export function otherAddress(
  run: string,
  action: string | undefined,
  url: string | undefined,
  address: string,
): string {
  const of = action === undefined ? '' : ` of ${action}`;
  return `Run ${run}${of} calls ${url ?? 'no address'}, which is none of this bridge (${address}/webhooks/port/…, by BRIDGE_PUBLIC_URL). ${NOBODY_ELSE}`;
}

export function otherAction(run: string, action: string): string {
  return `Run ${run} asks for a pipeline by the action ${action}, which is none of PORT_DEPLOY_ACTIONS: add it there, if its runs may start pipelines. ${NOBODY_ELSE}`;
}

export function nameless(kind: ClaimedKind): string {
  return `Port hands out ${KINDS[kind]} that the bridge cannot read: they have no id. They are left alone.`;
}

export function notClaimable(kind: ClaimedKind, status: number, why: string): string {
  const help =
    status === 403
      ? ' Use the organisation’s credentials, not a person’s (PORT_CLIENT_ID, PORT_CLIENT_SECRET), and the API of its region (PORT_API_URL).'
      : '';
  return `Port does not let the bridge claim ${KINDS[kind]}. ${why}${help}`;
}

export function notAnnounced(why: string): string {
  return `Port does not take note that the bridge claims the organisation’s runs (setting portAgentStreamerName, POLLING). ${why} If no runs arrive, ask Port’s support to set it.`;
}

export function announced(before: unknown): string {
  return `The organisation’s runs for an agent are claimed by the bridge from now on (portAgentStreamerName was ${JSON.stringify(before) ?? 'not set'}). No other agent gets them while PORT_AGENT is poll.`;
}
