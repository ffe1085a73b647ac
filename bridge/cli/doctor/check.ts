import { messageOf } from '../../model/errors.ts';

/** What was looked at, how it is, and, where it is not well, what to do. */
export type Check = {
  readonly system: 'settings' | 'ServiceNow' | 'Port' | 'GitLab' | 'bridge';
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'failed';
  readonly text: string;
};

type Place = Pick<Check, 'system' | 'what'>;

export function ok(place: Place, text: string): Check {
  return { ...place, state: 'ok', text };
}

export function warning(place: Place, text: string): Check {
  return { ...place, state: 'warning', text };
}

export function failed(place: Place, text: string): Check {
  return { ...place, state: 'failed', text };
}

/** Looks at one thing. What is thrown is told as a failure, in the client's own words, with what to do. */
export async function look(place: Place, remedy: string, work: () => Promise<Check>): Promise<Check> {
  try {
    return await work();
  } catch (error) {
    return failed(place, `${messageOf(error).replace(/\.$/, '')}. ${remedy}`);
  }
}
