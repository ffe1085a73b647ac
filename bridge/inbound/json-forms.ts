const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * JSON without white space between its parts, taken from the text itself: parsing and writing it anew would turn a
 * number such as `1e-07` into another text. What is no JSON comes back as something that nobody has signed.
 */
export function compactJson(text: Buffer): Buffer {
  const compact = Buffer.allocUnsafe(text.length);
  let length = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at] ?? 0;
    if (!inString && isSpace(byte)) continue;
    compact[length++] = byte;
    if (byte === QUOTE) inString = !inString;
    else if (inString && byte === BACKSLASH && at + 1 < text.length) {
      at += 1;
      compact[length++] = text[at] ?? 0;
    }
  }
  return compact.subarray(0, length);
}

/** JSON with `\uXXXX` for everything outside printable ASCII, as Python's `json.dumps` writes it. */
export function escapedJson(text: Buffer): Buffer {
  if (text.every((byte) => byte < 0x7f)) return text;
  const escaped = text
    .toString('utf8')
    .replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return Buffer.from(escaped);
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
