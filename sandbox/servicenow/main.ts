import { parseArgs } from 'node:util';
import { builtAppDirectory } from './engine/built-app.ts';
import { closeOnSignal, wholeNumber } from '../lib/run-alone.ts';
import { startServiceNow } from './server.ts';

const USAGE = `Starts a stand-in of a ServiceNow instance.

  node sandbox/servicenow/main.ts [--port 8091] [--no-app] [--bridge URL] [--secret whsec_…] [--no-approval-flow]
                                 [--changes 0] [--latency 0]

  --changes   how many changes of 3 kB are there from the start
  --latency   delays every answer of the REST APIs, in milliseconds

Users (password equals the name): admin, ann, bob, olga, ci; changebridge.integration (password: integration).
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: process.env['SANDBOX_SERVICENOW_PORT'] ?? '8091' },
    'no-app': { type: 'boolean', default: false },
    'no-approval-flow': { type: 'boolean', default: false },
    bridge: { type: 'string', default: process.env['SANDBOX_BRIDGE_URL'] ?? '' },
    secret: { type: 'string', default: process.env['SANDBOX_WEBHOOK_SECRET'] ?? '' },
    changes: { type: 'string', default: '0' },
    latency: { type: 'string', default: process.env['SANDBOX_LATENCY_MS'] ?? '0' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(USAGE);
} else {
  const properties = Object.fromEntries(
    [
      ['x_chb_changebridge.enabled', values.bridge === '' ? '' : 'true'],
      ['x_chb_changebridge.bridge_url', values.bridge],
      ['x_chb_changebridge.secret_primary', values.secret],
    ].filter(([, value]) => value !== ''),
  );
  const servicenow = await startServiceNow({
    port: wholeNumber('--port', values.port),
    changes: wholeNumber('--changes', values.changes),
    latencyMs: wholeNumber('--latency', values.latency),
    approvalFlow: !values['no-approval-flow'],
    properties,
    ...(values['no-app'] ? {} : { appDir: builtAppDirectory() }),
  });
  console.log(`ServiceNow stand-in: ${servicenow.url}`);
  closeOnSignal(process, () => servicenow.close());
}
