import type { Run } from '../../outbound/port.ts';

/** The bridge's routes for the portal. */
export type PortalRoute = 'approve' | 'deploy' | 'entity' | 'gitlab';

const ROUTE = /\/webhooks\/port\/(approve|deploy|entity|gitlab)(?:\/[^/]*)?$/;

/** The route of the bridge that the portal sent a run to, by the portal's own API; undefined where to none. */
export function routeOfRun({ payload }: Run): string | undefined {
  const { type, url } = payload ?? {};
  if (url !== undefined && URL.canParse(url)) return ROUTE.exec(new URL(url).pathname)?.[1];
  // It has no address: whoever carries out such runs brings it here.
  return type === 'GITLAB' ? 'gitlab' : undefined;
}

/** Whether the portal's API says that it sent the run to this route: so the run waits for this bridge's answer. */
export function isSentTo(run: Run, route: PortalRoute): boolean {
  return routeOfRun(run) === route;
}

/** Whether the portal says that an automation made the run (`source` is a word, or an object around it). */
export function isAutomation({ source }: Run): boolean {
  return source === 'AUTOMATION' || (JSON.stringify(source) ?? '').includes('"AUTOMATION"');
}
