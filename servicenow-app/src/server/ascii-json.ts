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

/** How many bytes `asciiJson` writes for one UTF-16 unit inside a string. */
export function asciiWidth(unit: number): number {
  if (SHORT_ESCAPES.has(unit)) return 2;
  return unit < 0x20 || unit > 0x7e ? 6 : 1;
}

/** Backspace, tab, line feed, form feed, carriage return, quotation mark and backslash (RFC 8259, 7). */
const SHORT_ESCAPES = new Set([0x08, 0x09, 0x0a, 0x0c, 0x0d, 0x22, 0x5c]);
