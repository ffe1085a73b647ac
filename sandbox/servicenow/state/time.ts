/** The platform's raw date format: UTC, `yyyy-MM-dd HH:mm:ss`, second precision. */
export function toPlatformTime(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ');
}

/** Epoch milliseconds of a raw platform date, or undefined when the text is not one. */
export function fromPlatformTime(text: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2}:\d{2}))?/.exec(text);
  if (match === null) return undefined;
  const epochMs = Date.parse(`${match[1]}T${match[2] ?? '00:00:00'}Z`);
  return Number.isNaN(epochMs) ? undefined : epochMs;
}

/** A raw date as a user in that time zone sees it, in the instance's default format. */
export function toUserTime(raw: string, timeZone: string): string {
  const epochMs = fromPlatformTime(raw);
  if (epochMs === undefined) return raw;
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const parts = new Map(format.formatToParts(epochMs).map((part) => [part.type, part.value]));
  const pick = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
  return `${pick('year')}-${pick('month')}-${pick('day')} ${pick('hour')}:${pick('minute')}:${pick('second')}`;
}
