import type { Command } from 'commander';
import type { ExitCode, Host } from '../host.ts';
import { audit } from './audit.ts';
import { changes } from './changes.ts';
import { doctor } from './doctor.ts';
import { evidence } from './evidence.ts';
import { replay } from './replay.ts';
import { setup } from './setup.ts';
import { sync } from './sync.ts';

/** Adds a command to the program. When it has run, it tells how it ended; what it throws is told and is a failure. */
export type Register = (program: Command, host: Host, end: (code: ExitCode) => void) => void;

/** The commands, in the order in which the help shows them. */
export const COMMANDS: readonly Register[] = [doctor, setup, changes, sync, replay, audit, evidence];
