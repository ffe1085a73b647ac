/** Computes HMAC-SHA256 of ASCII text under a Base64 key and returns it in Base64. */
export type Mac = (keyBase64: string, text: string) => string;

/** What a signature covers; `timestamp` is in Unix seconds, `body` is ASCII. */
export interface SignedMessage {
  id: string;
  timestamp: number;
  body: string;
}

/**
 * The Base64 key of a signing secret, padded, or undefined when it is not one. Standard Webhooks: the
 * prefix `whsec_`, then 24 to 64 random bytes in Base64.
 */
export function keyOfSecret(secret: string): string | undefined {
  const match = /^whsec_([A-Za-z0-9+/]{32,86})={0,2}$/.exec(secret.trim());
  const digits = match?.[1];
  if (digits === undefined || digits.length % 4 === 1) return undefined;
  return digits.padEnd(Math.ceil(digits.length / 4) * 4, '=');
}

/**
 * The value of the `webhook-signature` header: one `v1,<base64>` for each usable secret, separated
 * by spaces (Standard Webhooks, "Signature scheme"). Empty when no secret is usable.
 */
export function signatureHeader(message: SignedMessage, secrets: readonly string[], mac: Mac): string {
  const signed = `${message.id}.${message.timestamp}.${message.body}`;
  const signatures: string[] = [];
  for (const secret of secrets) {
    const key = keyOfSecret(secret);
    if (key !== undefined) signatures.push(`v1,${mac(key, signed)}`);
  }
  return signatures.join(' ');
}
