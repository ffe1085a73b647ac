import type { ExitCode } from '../host.ts';
import { type Done, isToDo } from './act.ts';
import type { Step } from './plan.ts';
import * as texts from './tell.ts';

/** Everything that a set-up found and did. */
export type Outcome = {
  readonly steps: readonly Step[];
  /** What works past the bridge. */
  readonly warnings: readonly string[];
  /** What people have to see to themselves. */
  readonly notes: readonly string[];
  readonly done: readonly Done[];
  readonly missingRights: readonly string[];
  /** What Port shows otherwise than it was sent. */
  readonly otherwise: readonly string[];
  readonly isDryRun: boolean;
  /** Nobody agreed to it. */
  readonly isRefused: boolean;
};

/** What is found before anything is done, as people read it. */
export function planText({ steps, warnings, notes }: Outcome, isColoured: boolean): string {
  const told = [...warnings.map((each) => `! ${each}`), ...notes].map((each) => `${each}\n`);
  const sections = [texts.stepsText(steps, isColoured), told.join(''), `${texts.countsText(steps)}\n`];
  return `${sections.filter((each) => each !== '').join('\n')}\n`;
}

/** How it ended, as people read it. */
export function endText(outcome: Outcome): string {
  const lines = [
    ...outcome.done.map(({ step, failure }) => texts.doneText(step, failure)),
    ...outcome.missingRights.map(texts.missingRightText),
    ...outcome.otherwise,
    ...(outcome.isRefused ? [] : [texts.lastText(exitCodeOf(outcome), outcome.isDryRun)]),
  ];
  return lines.map((each) => `${each}\n`).join('');
}

/** The same for scripts. */
export function jsonOf(outcome: Outcome): string {
  const { steps, warnings, notes, done, missingRights, otherwise, isDryRun } = outcome;
  const told = {
    exitCode: exitCodeOf(outcome),
    dryRun: isDryRun,
    definitions: steps.map(({ kind, identifier, outcome: found, reason, differences }) => {
      const result = done.find(({ step }) => step.kind === kind && step.identifier === identifier);
      const applied =
        result === undefined ? {} : { applied: result.failure === undefined, failure: result.failure };
      return { kind, identifier, outcome: found, reason, differences, ...applied };
    }),
    warnings,
    notes,
    missingRights,
    problems: otherwise,
  };
  return `${JSON.stringify(told, undefined, 2)}\n`;
}

export function exitCodeOf({
  steps,
  done,
  missingRights,
  otherwise,
  isDryRun,
  isRefused,
}: Outcome): ExitCode {
  const hasFailed = done.some(({ failure }) => failure !== undefined);
  if (hasFailed || isRefused || missingRights.length > 0 || otherwise.length > 0) return 1;
  return isDryRun && steps.some(isToDo) ? 2 : 0;
}
