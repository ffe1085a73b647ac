/** ServiceNow's raw date (`yyyy-MM-dd HH:mm:ss`, UTC) as an ISO date-time; null where it is none. */
export function toIsoDate(raw: string): string | null {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(raw)) return null;
  const date = new Date(`${raw.replace(' ', 'T')}Z`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** A moment (ms) as ServiceNow's raw date, in UTC and to the second. */
export function toRawDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
