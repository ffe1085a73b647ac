import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { NO_LIMITS } from './api/limits.ts';
import { seedServices } from './state/seed.ts';
import { closeOnSignal, wholeNumber } from '../lib/run-alone.ts';
import { seededChanges } from './state/seed-entities.ts';
import { startPort } from './server.ts';

const USAGE = `Starts the stand-in of Port by itself.

  node sandbox/port/main.ts [options]

  --port <number>           where it listens (default 8102)
  --client-id <text>        default sandbox-client
  --client-secret <text>    default sandbox-secret
  --bridge-url <url>        where the actions send their webhooks (default http://127.0.0.1:8080)
  --entities <number>       how many entities of changes are there from the start (default 0)
  --latency <ms>            delays every answer of the API (default 0)
  --no-rate-limits          counts requests, but refuses none
  --help
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8102' },
    'client-id': { type: 'string', default: 'sandbox-client' },
    'client-secret': { type: 'string', default: 'sandbox-secret' },
    'bridge-url': { type: 'string', default: 'http://127.0.0.1:8080' },
    entities: { type: 'string', default: '0' },
    latency: { type: 'string', default: process.env['SANDBOX_LATENCY_MS'] ?? '0' },
    'no-rate-limits': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const port = await startPort({
    port: wholeNumber('--port', values.port),
    latencyMs: wholeNumber('--latency', values.latency),
    ...(values['no-rate-limits'] ? { rateLimits: NO_LIMITS } : {}),
    clientId: values['client-id'],
    clientSecret: values['client-secret'],
  });
  port.applyPortal(fileURLToPath(new URL('../../portal', import.meta.url)), {
    BRIDGE_PUBLIC_URL: values['bridge-url'],
  });
  seedServices(port);
  for (const entity of seededChanges(wholeNumber('--entities', values.entities))) {
    port.putEntity('servicenowChangeRequest', entity);
  }
  console.log(`Portal: ${port.origin}\nAPI:    ${port.url} (client id ${values['client-id']})`);
  closeOnSignal(process, () => port.close());
}
