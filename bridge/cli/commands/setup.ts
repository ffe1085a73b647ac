import { setupPort } from '../port-setup/index.ts';
import type { Register } from './index.ts';

type PortOptions = {
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
  prefix?: string;
  adopt?: string[];
  migrate?: string[];
};

const EXIT_CODES = `
Ends with 0 where everything is as it should be, with 2 where a dry run found something to do, and with 1 where it
failed. Reads the bridge's own settings, from the environment and from .env.`;

/** `changebridge setup port`. */
export const setup: Register = (program, host, end) => {
  const group = program.command('setup').description('Prepares the systems that the bridge works with.');
  group
    .command('port')
    .description('Brings the definitions in portal/ into Port, and puts right what differs from them.')
    .option('--dry-run', 'show what would be done, and do nothing')
    .option('-y, --yes', 'do not ask before applying')
    .option('--json', 'tell it as JSON')
    .option('--prefix <text>', 'put this before every name, for a trial beside what is there')
    .option('--adopt <name...>', 'take over definitions that Changebridge did not make')
    .option('--migrate <action...>', 'translate actions of the form before today’s')
    .addHelpText('after', EXIT_CODES)
    .action(async (options: PortOptions) => {
      const { adopt = [], migrate = [], prefix = '', dryRun = false, yes = false, json = false } = options;
      end(await setupPort(host, { adopt, migrate, prefix, dryRun, yes, json }));
    });
};
