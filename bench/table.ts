import { type Aim, type Figure, isMet } from './figure.ts';

const NAME_WIDTH = 78;
const VALUE_WIDTH = 12;
const AIM_WIDTH = 12;

/** One line: name, value, aim, met or not, note. */
export function lineOf(figure: Figure): string {
  const met = isMet(figure);
  const verdict = met === undefined ? '' : met ? 'met' : 'not met';
  const columns = [
    figure.name.padEnd(NAME_WIDTH),
    `${numberOf(figure.value)} ${figure.unit}`.trim().padEnd(VALUE_WIDTH),
    aimOf(figure.aim).padEnd(AIM_WIDTH),
    verdict.padEnd(8),
    figure.note ?? '',
  ];
  return columns.join(' ').trimEnd();
}

function aimOf(aim: Aim | undefined): string {
  if (aim === undefined) return '';
  return 'atLeast' in aim ? `aim ≥ ${numberOf(aim.atLeast)}` : `aim ≤ ${numberOf(aim.atMost)}`;
}

/** Three significant digits, thousands apart. */
function numberOf(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(3)));
}
