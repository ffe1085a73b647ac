/** A page of a listing: from where, how much, and the cursor of the next one. */
export type Page = {
  readonly offset: number;
  readonly limit: number;
  /** The next page's cursor, given how many rows this one had; null at the end. */
  readonly next: (rows: number) => string | null;
};

const MOST = 200;

/** Reads an opaque cursor and a limit (1 to 200, 50 unless told). Nonsense reads as the first page. */
export function pageOf(cursor: string | undefined, limit: string | undefined): Page {
  const size = Math.min(MOST, Math.max(1, Number.parseInt(limit ?? '50', 10) || 50));
  const told = Number.parseInt(Buffer.from(cursor ?? '', 'base64url').toString('utf8'), 10);
  const offset = Number.isSafeInteger(told) && told > 0 ? told : 0;
  return { offset, limit: size, next: (rows) => (rows < size ? null : cursorAt(offset + size)) };
}

/** The cursor of a page that begins at this row. */
function cursorAt(row: number): string {
  return Buffer.from(String(row)).toString('base64url');
}
