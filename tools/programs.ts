import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { REDIS_IN_DOCKER } from '../queue/redis-server.ts';

/** What somebody may want to do on a machine that has Node and npm. */
export type Purpose = 'tests' | 'demo' | 'screenshots' | 'pipelines';

/** One program that npm does not bring. */
type Program = {
  /** Any one of these commands will do. */
  readonly commands: readonly string[];
  readonly what: string;
  readonly neededFor: readonly Purpose[];
  readonly debian: string;
  readonly brew: string;
  /** A further way to get it, as one line. */
  readonly otherwise?: string;
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
    neededFor: ['pipelines'],
    debian: 'git',
    brew: 'git',
  },
  {
    commands: ['rsync'],
    what: 'copies a repository into the directory of a job',
    neededFor: ['pipelines'],
    debian: 'rsync',
    brew: 'rsync',
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
 * everything that is missing and every way to get it.
 */
export function ensurePrograms(purposes: readonly Purpose[], machine: Machine): void {
  const missing = missingPrograms(purposes, machine.env);
  if (missing.length === 0) return;
  if (!machine.isRoot || pathOf(['apt-get'], machine.env) === undefined) throw new Error(howToGet(missing));
  const packages = missing.map((program) => program.debian);
  machine.say(`Installing from Debian what is missing here: ${packages.join(', ')}. This takes a minute.`);
  const problem = aptInstall(packages, machine.env);
  const still = missingPrograms(purposes, machine.env);
  if (still.length > 0)
    throw new Error(`apt-get did not install everything.\n${problem}\n${howToGet(still)}`);
  machine.say(`Installed: ${packages.join(', ')}.`);
}

/** The path of the program that goes by one of these commands; undefined where PATH has none of them. */
export function pathOf(commands: readonly string[], env: Machine['env']): string | undefined {
  const directories = (env['PATH'] ?? '').split(delimiter).filter((directory) => directory !== '');
  return commands
    .flatMap((command) => directories.map((directory) => join(directory, command)))
    .find(isExecutable);
}

function missingPrograms(purposes: readonly Purpose[], env: Machine['env']): readonly Program[] {
  return PROGRAMS.filter((program) => isNeeded(program, purposes, env)).filter(
    (program) => pathOf(program.commands, env) === undefined,
  );
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
