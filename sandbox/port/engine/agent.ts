/**
 * How Port's execution agent writes JSON on the wire: with a blank after each comma and colon, and
 * every character outside ASCII escaped. Its signature is over the compact form of the same text.
 */
export function agentJson(value: unknown): { wire: string; signed: string } {
  return { wire: escapeNonAscii(spaced(value)), signed: escapeNonAscii(JSON.stringify(value)) };
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries.map(([key, each]) => `${JSON.stringify(key)}: ${spaced(each)}`).join(', ')}}`;
}

function escapeNonAscii(json: string): string {
  return json.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
