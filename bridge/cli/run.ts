import { Command, CommanderError } from 'commander';
import { messageOf } from '../model/errors.ts';
import { COMMANDS } from './commands/index.ts';
import type { ExitCode, Host } from './host.ts';

/** Runs one command line, without the program's own name. Never throws. */
export async function runCli(args: readonly string[], host: Host): Promise<ExitCode> {
  let code: ExitCode = 0;
  const program = new Command('changebridge')
    .description('Sets up and operates Changebridge.')
    .showHelpAfterError('(add --help for what it takes)')
    .exitOverride()
    .configureOutput({ writeOut: host.say, writeErr: host.complain });
  for (const register of COMMANDS) {
    register(program, host, (ended) => {
      code = ended;
    });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    host.complain(`${messageOf(error)}\n`);
    return 1;
  }
}
