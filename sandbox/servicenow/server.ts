import { Hono } from 'hono';
import { type Bindings, listen } from '../lib/listen.ts';
import { Control } from './state/control.ts';
import type { ServiceNowOptions } from './options.ts';
import { restRoutes } from './api/gateway.ts';
import { pageRoutes } from './pages/routes.ts';
import { sandboxRoutes } from './api/controls.ts';
import { World } from './state/world.ts';

/** A running stand-in: where it listens, and what a test or a demonstration may do with it. */
export type ServiceNowStandIn = Control & {
  /** `http://127.0.0.1:port`, the instance's URL. */
  readonly url: string;
  close: () => Promise<void>;
};

/**
 * Starts a stand-in of a ServiceNow instance and resolves once it accepts connections.
 * Rejects when the port is taken, or when `appDir` holds no built app or one that cannot be loaded.
 */
export async function startServiceNow(options: ServiceNowOptions = {}): Promise<ServiceNowStandIn> {
  const control = new Control(await World.create(options));
  let app = routes(control);
  control.onReset = () => {
    app = routes(control);
  };
  const listening = await listen(
    { fetch: (request, env) => app.fetch(request, env) },
    { port: options.port, host: options.host },
  );
  const close = async (): Promise<void> => {
    await listening.close();
    await control.world.dispose();
  };
  return Object.assign(control, { url: listening.url, close });
}

function routes(control: Control): Hono<Bindings> {
  const app = new Hono<Bindings>();
  app.route('/_sandbox', sandboxRoutes(control));
  app.route('/', pageRoutes(control.world));
  app.route('/', restRoutes(control.world));
  return app;
}
