import { builtAppDirectory } from '../engine/built-app.ts';
import type { ServiceNowOptions } from '../options.ts';
import { type ServiceNowStandIn, startServiceNow } from '../server.ts';
import { Receiver } from './receiver.ts';

export const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
export const OTHER_SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
export const PREFIX = 'x_chb_changebridge';
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** A stand-in with the built app, set up by an administrator to deliver to a real receiver. */
export type AppWorld = {
  readonly servicenow: ServiceNowStandIn;
  readonly receiver: Receiver;
  close: () => Promise<void>;
};

/** Starts both; the caller closes. Scheduled scripts run only when the clock is moved. */
export async function appWorld(options: ServiceNowOptions = {}): Promise<AppWorld> {
  const receiver = new Receiver();
  await receiver.start();
  const servicenow = await startServiceNow({
    appDir: builtAppDirectory(),
    tickMs: 0,
    ...options,
    properties: {
      [`${PREFIX}.enabled`]: 'true',
      [`${PREFIX}.bridge_url`]: receiver.url,
      [`${PREFIX}.secret_primary`]: SECRET,
      ...options.properties,
    },
  });
  const close = async (): Promise<void> => {
    await servicenow.close();
    await receiver.stop();
  };
  return { servicenow, receiver, close };
}

/** The state of every outbox row, oldest first. */
export function states({ servicenow }: AppWorld): (string | undefined)[] {
  return servicenow.outbox().map((row) => row['state']);
}
