import { createHmac } from 'node:crypto';

const HASHES: Record<string, string> = {
  hmacsha1: 'sha1',
  hmacsha256: 'sha256',
  hmacsha384: 'sha384',
  hmacsha512: 'sha512',
};

/** `CertificateEncryption`: message authentication codes under a Base64 key, as Base64. */
export class ScriptCertificateEncryption {
  /** The published declarations have it static. */
  static generateMac(key: string, algorithm: string, data: string): string {
    return mac(key, algorithm, data);
  }

  /** The published examples call it on an instance. */
  generateMac(key: string, algorithm: string, data: string): string {
    return mac(key, algorithm, data);
  }
}

function mac(key: string, algorithm: string, data: string): string {
  const hash = HASHES[algorithm.toLowerCase()];
  if (hash === undefined) throw new Error(`Algorithm ${algorithm} not available`);
  const bytes = Buffer.from(key, 'base64');
  if (bytes.length === 0) throw new Error('Empty key');
  return createHmac(hash, bytes).update(data, 'utf8').digest('base64');
}
