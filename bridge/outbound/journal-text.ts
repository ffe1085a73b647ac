const JOURNALS: ReadonlySet<string> = new Set(['comments', 'work_notes', 'comments_and_work_notes']);

/** ServiceNow renders what stands between [code] and [/code] in a journal as HTML. The text stays readable. */
export function withoutMarkup(text: string): string {
  return text.replaceAll(/\[(\/?)(code)\]/gi, '[ $1$2 ]');
}

/** The fields as they are sent: what goes into a journal is plain text. */
export function plainJournals(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, JOURNALS.has(name) ? withoutMarkup(value) : value]),
  );
}
