import { styleText } from 'node:util';
import { createClients } from '../../clients.ts';
import { ConfigError, parseConfig } from '../../config.ts';
import { checkBridge } from '../doctor/bridge.ts';
import { type Check, failed } from '../doctor/check.ts';
import { checkGitLab } from '../doctor/gitlab.ts';
import { checkPort } from '../doctor/port.ts';
import { checkServiceNow } from '../doctor/servicenow.ts';
import { misspelt } from '../doctor/settings.ts';
import type { Host } from '../host.ts';
import type { Register } from './index.ts';

const CALL_MS = 10_000;
const SIGNS = { ok: ['✔', 'green'], warning: ['!', 'yellow'], failed: ['✘', 'red'] } as const;

const HELP = `
Reads the bridge's own settings, from the environment and from .env. It changes nothing on any system.

Ends with 0 where nothing has failed, and with 1 where something has.`;

/** `changebridge doctor`. */
export const doctor: Register = (program, host, end) => {
  program
    .command('doctor')
    .description(
      'Looks at every credential, right, column, blueprint, action, token, key and clock, and says what to mend.',
    )
    .option('--json', 'tell it as JSON')
    .addHelpText('after', HELP)
    .action(async ({ json = false }: { json?: boolean }) => {
      const checks = await diagnose(host);
      host.say(
        json
          ? `${JSON.stringify(checks, undefined, 2)}\n`
          : checks.map((check) => lineOf(host, check)).join(''),
      );
      end(checks.some(({ state }) => state === 'failed') ? 1 : 0);
    });
};

async function diagnose(host: Host): Promise<Check[]> {
  const strange = misspelt(host.env);
  try {
    const config = parseConfig(host.env, host.readFile);
    const clients = createClients(config, host.clock, CALL_MS);
    const found = await Promise.all([
      checkServiceNow(clients.servicenow, config),
      checkPort(clients.port, config),
      checkGitLab(clients, config, host.clock()),
      checkBridge(host),
    ]);
    await Promise.all(Object.values(clients).map((client) => client.close()));
    return [...strange, ...found.flat()];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [...strange, failed({ system: 'settings', what: 'values' }, error.message)];
  }
}

function lineOf({ isTerminal }: Host, { system, what, state, text }: Check): string {
  const [sign, colour] = SIGNS[state];
  const shown = isTerminal ? styleText(colour, sign, { validateStream: false }) : sign;
  return `${shown} ${system.padEnd(10)} ${what}: ${text}\n`;
}
