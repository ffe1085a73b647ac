import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seedServices } from './state/seed.ts';
import { startPort } from './server.ts';

const USAGE = `Starts the stand-in of Port by itself.

  node sandbox/port/main.ts [options]

  --port <number>           where it listens (default 8102)
  --client-id <text>        default sandbox-client
  --client-secret <text>    default sandbox-secret
  --bridge-url <url>        where the actions send their webhooks (default http://127.0.0.1:8080)
  --help
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8102' },
    'client-id': { type: 'string', default: 'sandbox-client' },
    'client-secret': { type: 'string', default: 'sandbox-secret' },
    'bridge-url': { type: 'string', default: 'http://127.0.0.1:8080' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
} else {
  const port = await startPort({
    port: Number(values.port),
    clientId: values['client-id'],
    clientSecret: values['client-secret'],
  });
  port.applyPortal(fileURLToPath(new URL('../../portal', import.meta.url)), {
    BRIDGE_PUBLIC_URL: values['bridge-url'],
  });
  seedServices(port);
  console.log(`Portal: ${port.origin}\nAPI:    ${port.url} (client id ${values['client-id']})`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void port.close());
  }
}
