import { styleText } from 'node:util';
import type { ExitCode } from '../host.ts';
import type { Json } from './definition.ts';
import type { Difference } from './differences.ts';
import type { Step } from './plan.ts';

const SIGNS: Record<
  Step['outcome'],
  readonly [sign: string, colour: 'green' | 'yellow' | 'red' | 'gray', word: string]
> = {
  create: ['+', 'green', 'new'],
  change: ['~', 'yellow', 'differs'],
  same: ['=', 'gray', 'as it should be'],
  foreign: ['!', 'yellow', 'left alone'],
  left: ['-', 'gray', 'left out'],
  forbidden: ['x', 'red', 'not shown to these credentials'],
};
const LONGEST_VALUE = 160;
const MOST_DIFFERENCES = 12;

/** What would be done, a line for each definition, with what differs below it. */
export function stepsText(steps: readonly Step[], isColoured: boolean): string {
  const wide = Math.max(...steps.map(({ identifier }) => identifier.length));
  return steps.map((step) => stepText(step, wide, isColoured)).join('');
}

function stepText(step: Step, wide: number, isColoured: boolean): string {
  const [sign, colour, word] = SIGNS[step.outcome];
  const paint = (text: string): string =>
    isColoured ? styleText(colour, text, { validateStream: false }) : text;
  const reason = step.reason === undefined ? '' : `: ${step.reason}`;
  const head = `${sign} ${step.kind.padEnd(11)} ${step.identifier.padEnd(wide)}  ${word}${reason}`;
  const shown = step.differences.slice(0, MOST_DIFFERENCES).map((each) => `    ${differenceText(each)}\n`);
  const more = step.differences.length - shown.length;
  return `${paint(head)}\n${shown.join('')}${more > 0 ? `    and ${more} more\n` : ''}`;
}

function differenceText({ path, from, to }: Difference): string {
  return `${path}: ${valueText(from)} → ${valueText(to)}`;
}

function valueText(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}

/** `2 new, 1 differs, 9 as they should be` */
export function countsText(steps: readonly Step[]): string {
  const count = (outcome: Step['outcome']): number => steps.filter((step) => step.outcome === outcome).length;
  const others = count('foreign') + count('left') + count('forbidden');
  return [
    `${count('create')} new`,
    `${count('change')} to change`,
    `${count('same')} as they should be`,
    ...(others === 0 ? [] : [`${others} left as they are`]),
  ].join(', ');
}

/** How a bridge is told of the names of a trial. */
export function trialText(
  [change = '', approve = '', deployment = '']: readonly string[],
  deploy: string,
): string {
  return [
    'These names are for a bridge of their own, with the settings',
    `  PORT_CHANGE_BLUEPRINT=${change}`,
    `  PORT_APPROVE_ACTION=${approve}`,
    `  PORT_DEPLOY_ACTIONS=${deploy}`,
    `  PORT_DEPLOYMENT_BLUEPRINT=${deployment}`,
  ].join('\n');
}

export function notDeployed(action: string): string {
  return `PORT_DEPLOY_ACTIONS does not name ${action}: the bridge refuses its runs until it does.`;
}

export const NEEDS_YES =
  'Nothing was changed: nobody can be asked here. Look at it with --dry-run, and apply it with --yes.\n';
export const DECLINED = 'Nothing was changed.\n';

export function doneText({ kind, identifier, outcome }: Step, failure: string | undefined): string {
  if (failure !== undefined) return `Failed: ${kind} ${identifier}. ${failure}`;
  return `${outcome === 'create' ? 'Made' : 'Put right'}: ${kind} ${identifier}`;
}

export function missingRightText(right: string): string {
  return `The credentials lack a right in Port: ${right}. Use the organisation’s own (… > Credentials > Organization), or an administrator’s.`;
}

export function otherwiseText({ kind, identifier, differences: [first] }: Step): string {
  const where = first === undefined ? '' : ` (${differenceText(first)})`;
  return `Port took the ${kind} ${identifier}, but shows it otherwise${where}.`;
}

export function lastText(code: ExitCode, isDryRun: boolean): string {
  if (code === 1) return 'Not everything is as it should be.';
  if (code === 2) return 'Nothing was changed: this was a dry run.';
  return isDryRun ? 'There is nothing to do.' : 'Everything is as it should be.';
}
