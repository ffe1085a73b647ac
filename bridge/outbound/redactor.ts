/** What stands in the place of a secret: shorter than any secret, so that none is found in it. */
export const SECRET_MARK = '***';
/** How many characters of a text are kept. */
export const KEPT_CHARS = 500;
/** How many characters of a text are looked at: enough that something is left once white space is folded. */
const EXAMINED_CHARS = 4_096;
/** Shorter values are words of the language rather than secrets. */
const SHORTEST_SECRET = 4;
/** Across white space only longer values are looked for: short ones would be found in ordinary sentences. */
const SHORTEST_ACROSS_SPACES = 12;
/** The longest way to write one character of a secret: `\u0041`. */
const LONGEST_ESCAPE = 6;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', quot: '"', apos: "'", lt: '<', gt: '>' };
const ESCAPES =
  /((?:%[0-9a-f]{2})+)|\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|&#(\d{1,7});|&#x([0-9a-f]{1,6});|&(amp|quot|apos|lt|gt);|\\([nrt])|\\(["'\\/])/gi;

/**
 * Makes a system's own words safe to keep and to show: in a log, on a timeline, in the portal. It knows every
 * secret of the bridge, also the access tokens that the clients are given while it runs.
 */
export class Redactor {
  readonly #needles = new Set<string>();
  readonly #tokens = new Map<string, readonly string[]>();
  #longest = 0;

  constructor(secrets: readonly string[]) {
    for (const secret of secrets) {
      for (const needle of needlesOf(secret)) this.#needles.add(needle);
      this.#longest = Math.max(this.#longest, secret.length);
    }
  }

  /** A client was given a token. The one before it, of the same name, may still be in an answer under way. */
  learn(name: string, token: string): void {
    const [last] = this.#tokens.get(name) ?? [];
    if (last === token) return;
    this.#tokens.set(name, last === undefined ? [token] : [token, last]);
    this.#longest = Math.max(this.#longest, token.length);
  }

  /**
   * The text on one line, at most 500 characters of it, each secret replaced by a mark, also where it is
   * percent-encoded, in Base64, escaped as in JSON or HTML, or broken over lines.
   */
  clean(text: string): string {
    const reserve = this.#longest * LONGEST_ESCAPE;
    const limit = EXAMINED_CHARS + reserve;
    const masked = this.#mask(fold(text.slice(0, limit)));
    // The cut may have gone through a secret, and half a secret is not recognised.
    const end = text.length > limit ? Math.max(0, masked.length - reserve) : masked.length;
    return shorten(masked.slice(0, end));
  }

  /** Masks what can be read directly; where only another reading shows a secret, that reading is kept. */
  #mask(text: string): string {
    const tokens = [...this.#tokens.values()].flat().flatMap(needlesOf);
    const needles = [...this.#needles, ...tokens].toSorted((left, right) => right.length - left.length);
    const long = needles.filter((needle) => needle.length >= SHORTEST_ACROSS_SPACES);
    const readings = [
      { read: unescape, wanted: needles },
      { read: unescape, wanted: needles },
      { read: unspaced, wanted: long },
    ];
    let shown = maskAll(text, needles);
    let reading = shown;
    for (const { read, wanted } of readings) {
      const next = read(reading);
      reading = maskAll(next, wanted);
      if (reading !== next) shown = reading;
    }
    return shown;
  }
}

/** The forms in which a secret is looked for, once escapes are read: itself, and what Base64 makes of it. */
function needlesOf(secret: string): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const plain = [secret, fold(secret), unspaced(secret), secret.replaceAll(' ', '+')];
  const bytes = Buffer.from(secret, 'utf8');
  // Inside a longer text in Base64 it begins at one of three offsets; its outermost digits mix with its neighbours.
  const encoded = [0, 1, 2].flatMap((offset) => {
    const digits = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const end = Math.floor(((offset + bytes.length) * 8) / 6);
    const core = digits.slice(Math.ceil((offset * 8) / 6), end);
    return [core, core.replaceAll('+', '-').replaceAll('/', '_')];
  });
  return [...new Set([...plain, ...encoded])].filter((needle) => needle.length >= SHORTEST_SECRET);
}

function maskAll(text: string, needles: readonly string[]): string {
  return needles.reduce((rest, needle) => rest.replaceAll(needle, SECRET_MARK), text);
}

/** Reads escapes of URLs, JSON and HTML as what they stand for. */
function unescape(text: string): string {
  const read = text.replace(ESCAPES, (whole: string, ...groups: unknown[]) => {
    const [percent, unicode, hex, decimal, entityHex, name, space, plain] = groups.map((group) =>
      typeof group === 'string' ? group : undefined,
    );
    if (percent !== undefined) return Buffer.from(percent.replaceAll('%', ''), 'hex').toString('utf8');
    if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? whole;
    if (space !== undefined) return ' ';
    if (plain !== undefined) return plain;
    const code =
      decimal === undefined ? Number.parseInt(unicode ?? hex ?? entityHex ?? '', 16) : Number(decimal);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
  return fold(read);
}

function unspaced(text: string): string {
  return text.replace(/\s+/g, '');
}

/** Control characters, invisible ones and line breaks become single spaces. */
function fold(text: string): string {
  return text.replace(/[\p{C}\s]+/gu, ' ').trim();
}

function shorten(text: string): string {
  if (text.length <= KEPT_CHARS) return text;
  return `${text.slice(0, KEPT_CHARS - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
