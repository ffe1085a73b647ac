/** The milliseconds since 1970 as the platform stores a date: UTC, `yyyy-MM-dd HH:mm:ss`. */
export function toGlideTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

/** The milliseconds since 1970 of a stored UTC date, or undefined when the text is not one. */
export function fromGlideTime(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return undefined;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The milliseconds since 1970 as ISO 8601 in UTC, to the second. */
export function toIso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
