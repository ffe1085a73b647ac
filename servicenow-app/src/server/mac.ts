import type { Mac } from './signature.ts';

interface MacFunction {
  generateMac?: ((key: string, algorithm: string, data: string) => string) | undefined;
}

/** The platform's `CertificateEncryption`, whichever way it offers `generateMac`. */
export interface MacProvider extends MacFunction {
  new (): MacFunction;
}

/**
 * HMAC-SHA256 in Base64 under a Base64 key. The published types declare `generateMac` static, the
 * published examples call it on an instance: the static one is tried first. Throws what the platform
 * throws, or an Error when it offers neither.
 */
export function macOf(provider: MacProvider): Mac {
  return (keyBase64, text) => {
    const result =
      staticMac(provider, keyBase64, text) ?? new provider().generateMac?.(keyBase64, ALGORITHM, text);
    if (result === undefined) throw new Error('This instance offers no CertificateEncryption.generateMac.');
    return result;
  };
}

const ALGORITHM = 'HmacSHA256';

/** Undefined when the class itself has no such function: some engines throw at the mere look-up. */
function staticMac(provider: MacProvider, keyBase64: string, text: string): string | undefined {
  try {
    return provider.generateMac?.(keyBase64, ALGORITHM, text);
  } catch {
    return undefined;
  }
}
