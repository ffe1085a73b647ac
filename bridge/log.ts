import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

const SECRET_KEYS = [
  'authorization',
  'cookie',
  'token',
  'accessToken',
  'secret',
  'secrets',
  'password',
  'clientSecret',
  'private-token',
];

/**
 * Structured JSON logs, one line an entry. Values under the names of secrets are never written, however deep
 * (to three levels) they stand.
 */
export function createLog(level: string, destination: DestinationStream): Log {
  const paths = SECRET_KEYS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]);
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination);
}
