/**
 * How Port's execution agent, a program in Python, writes JSON on the wire: with a blank after each comma and colon,
 * every character outside printable ASCII escaped, and small numbers with an exponent of two digits. Its signature is
 * over the compact form of the same text.
 */
export function agentJson(value: unknown): { wire: string; signed: string } {
  return { wire: written(value, ', ', ': '), signed: written(value, ',', ':') };
}

function written(value: unknown, comma: string, colon: string): string {
  if (Array.isArray(value)) return `[${value.map((each) => written(each, comma, colon)).join(comma)}]`;
  if (typeof value === 'number') return number(value);
  if (typeof value !== 'object' || value === null) return escaped(JSON.stringify(value));
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const members = entries.map(
    ([key, each]) => `${escaped(JSON.stringify(key))}${colon}${written(each, comma, colon)}`,
  );
  return `{${members.join(comma)}}`;
}

function number(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-4) return JSON.stringify(value);
  return value.toExponential().replace(/e-(\d)$/, 'e-0$1');
}

function escaped(json: string): string {
  return json.replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
