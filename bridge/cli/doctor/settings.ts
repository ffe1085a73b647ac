import { SETTING_NAMES } from '../../config.ts';
import { type Check, warning } from './check.ts';

const PLACE = { system: 'settings', what: 'names' } as const;
/** Names that begin so are meant for the bridge. */
const OURS =
  /^(BRIDGE|SERVICENOW|PORT|GITLAB|PIPELINE|OPERATOR|CHANGE|APPROVAL|RECONCILE|REDIS|AUDIT|CHANGEBRIDGE)_/;
const OTHERS: readonly string[] = ['CHANGEBRIDGE_URL', 'CHANGEBRIDGE_TOKEN'];
/** So many letters may be wrong. */
const FARTHEST = 4;

/** Settings that the bridge does not know, with the nearest one that it does. */
export function misspelt(env: Readonly<Record<string, string | undefined>>): Check[] {
  const known = new Set([...SETTING_NAMES, ...SETTING_NAMES.map((name) => `${name}_FILE`), ...OTHERS]);
  const strange = Object.keys(env).filter((name) => OURS.test(name) && !known.has(name));
  return strange.map((name) => {
    const near = nearest(name);
    const meant = near === undefined ? 'Take it out.' : `Is ${near} meant?`;
    return warning(PLACE, `The bridge knows no setting ${name}. ${meant}`);
  });
}

function nearest(name: string): string | undefined {
  const ranked = SETTING_NAMES.map((each) => ({ each, far: distance(name, each) })).toSorted(
    (a, b) => a.far - b.far,
  );
  const [best] = ranked;
  return best !== undefined && best.far <= FARTHEST ? best.each : undefined;
}

/** How many letters have to be put in, taken out or changed (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
