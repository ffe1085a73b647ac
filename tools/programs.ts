import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { REDIS_IN_DOCKER } from '../queue/redis-server.ts';

/** What somebody may want to do on a machine that has Node and npm. */
export type Purpose = 'tests' | 'demo' | 'screenshots' | 'pipelines';

/** One program that npm does not bring. */
type Program = {
  /** Any one of these commands will do. */
  readonly commands: readonly string[];
  /** For what has no command: a file that shows that it is there, seen from a directory of PATH. */
  readonly file?: string;
  readonly what: string;
  readonly neededFor: readonly Purpose[];
  readonly debian: string;
  readonly brew: string;
  /** A further way to get it, as one line. */
  readonly otherwise?: string;
  /** Nobody is stopped for want of it: the tests that use it are skipped, and say so. */
  readonly isOptional?: boolean;
  /** The setting that, when it has a value, lets the tests do without the program. */
  readonly replacedInTestsBy?: string;
};

/** The one list of programs that building, testing and showing Changebridge need beside Node and npm. */
const PROGRAMS: readonly Program[] = [
  {
    commands: ['redis-server'],
    what: 'keeps the queue and the ledger',
    neededFor: ['tests', 'demo', 'screenshots', 'pipelines'],
    debian: 'redis-server',
    brew: 'redis',
    otherwise: `for the tests alone, a Redis elsewhere: ${REDIS_IN_DOCKER} and REDIS_URL=redis://127.0.0.1:6379`,
    replacedInTestsBy: 'REDIS_URL',
  },
  {
    commands: ['jq'],
    what: 'reads JSON in pipeline scripts',
    neededFor: ['tests', 'pipelines'],
    debian: 'jq',
    brew: 'jq',
  },
  {
    commands: ['curl'],
    what: 'calls the bridge from pipeline scripts',
    neededFor: ['tests', 'pipelines'],
    debian: 'curl',
    brew: 'curl',
  },
  {
    commands: ['make'],
    what: 'builds the example service of the pipelines',
    neededFor: ['tests', 'pipelines'],
    debian: 'make',
    brew: 'make',
  },
  {
    commands: ['openssl'],
    what: 'makes the certificates of the TLS tests',
    neededFor: ['tests'],
    debian: 'openssl',
    brew: 'openssl',
  },
  {
    commands: ['pgrep'],
    what: 'finds processes that a test left behind',
    neededFor: ['tests'],
    debian: 'procps',
    brew: 'proctools',
  },
  {
    commands: ['git'],
    what: 'holds the repositories that pipelines build',
    neededFor: ['tests', 'pipelines'],
    debian: 'git',
    brew: 'git',
  },
  {
    commands: ['rsync'],
    what: 'copies a repository into the directory of a job',
    neededFor: ['tests', 'pipelines'],
    debian: 'rsync',
    brew: 'rsync',
  },
  {
    commands: ['busybox'],
    what: 'runs pipeline scripts as a small image does',
    neededFor: ['tests', 'pipelines'],
    debian: 'busybox',
    brew: 'busybox',
    isOptional: true,
  },
  {
    commands: ['python3-gitlab'],
    file: '../lib/python3/dist-packages/gitlab/__init__.py',
    what: 'asks the stand-in of GitLab as a client of others does',
    neededFor: ['tests', 'pipelines'],
    debian: 'python3-gitlab',
    brew: 'python-gitlab',
    isOptional: true,
  },
  {
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    what: 'takes the screenshots',
    neededFor: ['screenshots'],
    debian: 'chromium',
    brew: '--cask chromium',
  },
];

/** The machine as this process finds it. */
export type Machine = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isRoot: boolean;
  /** Is told, in one line each, what is about to be installed and that it is done. */
  readonly say: (text: string) => void;
};

/** Where Debian keeps what apt-get itself calls; a short PATH may lack some of it. */
const SYSTEM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** A dead mirror must end in a message, and another apt-get that runs is waited for. */
const APT_OPTIONS = [
  '-o',
  'Acquire::Retries=2',
  '-o',
  'Acquire::http::Timeout=20',
  '-o',
  'DPkg::Lock::Timeout=120',
];

/**
 * Makes sure that this machine has every program that `purposes` need. As root on a Debian-like system what is
 * missing is installed with apt-get; anywhere else, and where apt-get fails, throws an Error whose message names
 * everything that is missing and every way to get it. What is optional is installed where that is possible, and else
 * done without.
 */
export function ensurePrograms(purposes: readonly Purpose[], machine: Machine): void {
  const missing = missingPrograms(purposes, machine.env);
  if (missing.length === 0) return;
  if (!machine.isRoot || pathOf(['apt-get'], machine.env) === undefined) return demand(missing);
  const packages = missing.map((program) => program.debian);
  machine.say(`Installing from Debian what is missing here: ${packages.join(', ')}. This takes a minute.`);
  const problem = aptInstall(packages, machine.env);
  const still = missingPrograms(purposes, machine.env);
  demand(still, `apt-get did not install everything.\n${problem}\n`);
  for (const { debian } of still)
    machine.say(`${debian} could not be installed; the tests that use it are skipped.`);
  const installed = missing.filter((program) => !still.includes(program));
  if (installed.length > 0)
    machine.say(`Installed: ${installed.map((program) => program.debian).join(', ')}.`);
}

/** Throws where one of them is not optional. */
function demand(missing: readonly Program[], before = ''): void {
  const required = missing.filter((program) => program.isOptional !== true);
  if (required.length > 0) throw new Error(`${before}${howToGet(required)}`);
}

/** The path of the program that goes by one of these commands; undefined where PATH has none of them. */
export function pathOf(commands: readonly string[], env: Machine['env']): string | undefined {
  return commands
    .flatMap((command) => directoriesOf(env).map((directory) => join(directory, command)))
    .find(isExecutable);
}

function missingPrograms(purposes: readonly Purpose[], env: Machine['env']): readonly Program[] {
  return PROGRAMS.filter((program) => isNeeded(program, purposes, env) && !isThere(program, env));
}

function isThere({ commands, file }: Program, env: Machine['env']): boolean {
  if (file === undefined) return pathOf(commands, env) !== undefined;
  return directoriesOf(env).some((directory) => existsSync(join(directory, file)));
}

function directoriesOf(env: Machine['env']): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
}

function isNeeded(program: Program, purposes: readonly Purpose[], env: Machine['env']): boolean {
  const replacement = program.replacedInTestsBy;
  const isReplaced = replacement !== undefined && (env[replacement] ?? '') !== '';
  return purposes.some(
    (purpose) => program.neededFor.includes(purpose) && !(purpose === 'tests' && isReplaced),
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** What apt-get complained of, if it failed. A failed update alone does no harm where the lists are there already. */
function aptInstall(packages: readonly string[], env: Machine['env']): string {
  const complaints = [['update'], ['install', '--yes', '--no-install-recommends', ...packages]].map(
    (args) => {
      const done = spawnSync('apt-get', ['-qq', ...APT_OPTIONS, ...args], {
        env: {
          ...env,
          PATH: `${env['PATH'] ?? ''}${delimiter}${SYSTEM_PATH}`,
          DEBIAN_FRONTEND: 'noninteractive',
        },
        encoding: 'utf8',
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      return done.status === 0 ? '' : `apt-get ${args.join(' ')}: ${(done.stderr ?? '').trim()}\n`;
    },
  );
  return complaints.join('');
}

function howToGet(missing: readonly Program[]): string {
  const names = missing.map((program) => `  ${program.commands.join(' or ')}: ${program.what}`);
  const others = missing.flatMap((program) => program.otherwise ?? []);
  return [
    'This machine lacks what is needed:',
    ...names,
    'Get it in one of these ways:',
    `  Debian or Ubuntu   apt-get install ${missing.map((program) => program.debian).join(' ')}`,
    ...brewLines(missing),
    ...others.map((text) => `  Otherwise          ${text}`),
  ].join('\n');
}

/** A cask is installed by a command of its own. */
function brewLines(missing: readonly Program[]): string[] {
  const casks = missing.filter((program) => program.brew.startsWith('--cask '));
  const formulas = missing.filter((program) => !casks.includes(program));
  const commands = [
    ...(formulas.length === 0 ? [] : [`brew install ${formulas.map((program) => program.brew).join(' ')}`]),
    ...casks.map((program) => `brew install ${program.brew}`),
  ];
  return [`  macOS              ${commands.join(' && ')}`];
}
