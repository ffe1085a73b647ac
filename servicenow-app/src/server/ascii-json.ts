/**
 * The value as JSON in ASCII only: every other character becomes `\uXXXX`. The platform does not say
 * in which charset its MAC reads a string, and ASCII is the same bytes in all of them.
 */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\uffff]/g, escapeUnit);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
