import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Machine } from './machine.ts';

const GITLAB = new URL('../../gitlab/', import.meta.url);
const COMPONENT = 'templates/deploy-gate.yml';
const COMPONENT_URL = 'https://gitlab.example.com/platform/changebridge.git';
const BRIDGE = 'https://bridge.example.com';

/** The service of the examples. Deploying it leaves a line in a file. */
const MAKEFILE = `build:
\t@mkdir -p dist && echo built >dist/app
test:
\t@echo "$(COVERAGE)" >coverage.txt
deploy:
\t@test -z "$(DEPLOY_FAILS)"
\t@echo "$(CI_ENVIRONMENT_NAME)" >>"$(DEPLOYMENTS)"
`;

/** The text of a file under gitlab/examples, or the text itself where it is one already. */
export function textOf(example: string): string {
  return example.includes('\n') ? example : readFileSync(new URL(`examples/${example}`, GITLAB), 'utf8');
}

/** Puts the component's repository into `home`, at its tag, and lets the git of that home find it where its address says. */
export async function makeComponent(home: string, machine: Machine): Promise<void> {
  const component = join(home, 'component');
  const settings = `[user]\n\tname = Dana\n\temail = dana@example.com\n[init]\n\tdefaultBranch = main
[url "file://${component}"]\n\tinsteadOf = ${COMPONENT_URL}\n[safe]\n\tdirectory = *
[uploadpack]\n\tallowFilter = true\n`;
  writeFileSync(join(home, '.gitconfig'), settings);
  await makeRepository(machine, component, { [COMPONENT]: readFileSync(new URL(COMPONENT, GITLAB), 'utf8') });
  await git(machine, component, 'tag', '1.0.0');
}

/** Puts a project with this pipeline into `home`; answers its directory. */
export async function makeProject(
  home: string,
  pipeline: string,
  bridgeUrl: string,
  machine: Machine,
): Promise<string> {
  const project = join(home, 'checkout');
  await makeRepository(machine, project, {
    '.gitlab-ci.yml': pipeline.replaceAll(BRIDGE, bridgeUrl),
    Makefile: MAKEFILE,
  });
  return project;
}

async function makeRepository(
  machine: Machine,
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  await git(machine, directory, 'init', '--quiet');
  await git(machine, directory, 'add', '--all');
  await git(machine, directory, 'commit', '--quiet', '--message', 'All of it');
  await git(
    machine,
    directory,
    'remote',
    'add',
    'origin',
    'https://gitlab.example.com/platform/checkout.git',
  );
  await git(machine, directory, 'update-ref', 'refs/remotes/origin/main', 'HEAD');
  await git(machine, directory, 'symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
}

/** Never synchronous: the bridge may live in this process, and would stand still. */
async function git({ env }: Machine, directory: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)('git', args, {
    cwd: directory,
    env: { PATH: env['PATH'] ?? '', HOME: dirname(directory) },
  });
}
