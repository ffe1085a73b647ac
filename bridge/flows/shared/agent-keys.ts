/** The kinds of runs that are claimed, each by itself: trouble with one does not keep the others from being claimed. */
export const CLAIMED_KINDS = ['webhook', 'gitlab', 'workflow'] as const;
export type ClaimedKind = (typeof CLAIMED_KINDS)[number];

/** What the flow `portal-agent` is asked for besides: to tell the portal that somebody claims its runs. */
export const AGENT_KEYS = { announce: 'announce' } as const;
