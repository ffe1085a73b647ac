// Everything that people read about how a change is closed.

const LABELS: Readonly<Record<string, string>> = {
  '-5': 'New',
  '-4': 'Assess',
  '-3': 'Authorize',
  '-2': 'Scheduled',
  '-1': 'Implement',
  '0': 'Review',
  '3': 'Closed',
  '4': 'Canceled',
};

/** A state as the form shows it. */
export function stateName(state: string): string {
  return LABELS[state] ?? state;
}

/** By these words a note is found again. */
export function marker(id: string, outcome: string): string {
  return `Changebridge ${id} ${outcome}`;
}

export type Told = {
  readonly id: string;
  readonly outcome: string;
  readonly pipeline: string;
  readonly url: string;
  readonly service: string | undefined;
  readonly environment: string | undefined;
  readonly commit: string | undefined;
  readonly decidedBy: string | undefined;
};

/** What ServiceNow is told of the end of a deployment, for its work notes and close notes. */
export function outcomeText(told: Told): string {
  const what = told.service ?? 'The deployment';
  const where = told.environment === undefined ? '' : ` to ${told.environment}`;
  const end =
    told.outcome === 'success'
      ? `${what} was deployed${where}.`
      : `${what} was not deployed${where}: the pipeline ended as "${told.outcome}".`;
  const lines = [
    end,
    `Pipeline ${told.pipeline}: ${told.url}`,
    ...(told.commit === undefined ? [] : [`Commit: ${told.commit}`]),
    ...(told.decidedBy === undefined ? [] : [`Approved by: ${told.decidedBy}`]),
    `(${marker(told.id, told.outcome)})`,
  ];
  return lines.join('\n');
}

export function moves(number: string, to: string): string {
  return `${number} is moved to ${stateName(to)}.`;
}

export function moved(number: string, state: string): string {
  return `${number} is in ${stateName(state)}.`;
}

export function notMoved(number: string, from: string, to: string, why: string): string {
  const said = why === '' ? 'it kept its state' : why.replace(/\.$/, '');
  return `ServiceNow did not move ${number} from ${stateName(from)} to ${stateName(to)}: ${said}. Mend that and close it in ServiceNow; the bridge does not try again.`;
}

export function notReady(number: string, state: string): string {
  return `${number} is in ${stateName(state)} although it is approved, and cannot go to Implement from there: move it on in ServiceNow. The bridge does not try again.`;
}

export function gone(number: string): string {
  return `${number} was canceled in ServiceNow before its deployment ended: it is not closed by the bridge.`;
}

export const NOTED = 'The outcome stands in the work notes.';

export function notNoted(number: string, why: string): string {
  return `ServiceNow did not take the work note about the outcome of ${number}: ${why.replace(/\.$/, '')}. Write it there yourself; the bridge does not try again.`;
}

export function maybeNoted(number: string): string {
  return `The bridge was cut off while it wrote the outcome into the work notes of ${number}, and may not read them: look whether it is there. It is not written twice.`;
}

export const ATTACHED = 'The evidence is attached to the change.';

/** The name of the file that is attached to a change, by which it is found again. */
export function evidenceName(id: string, outcome: string): string {
  return `changebridge-${id}-${outcome}.json`;
}

export function notAttached(number: string, why: string): string {
  return `ServiceNow did not take the evidence for ${number}: ${why.replace(/\.$/, '')}. Let the bridge's user attach files to changes; until then the audit log has it all (changebridge audit export --change ${number}).`;
}

export const MAY_STILL_APPEAR = 'The work note may still appear.';
