import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import type { HttpContext } from './env.ts';
import { parseJson } from './json.ts';
import { ProblemError } from './problem.ts';

/** Limits in bytes: of one body, and of all bodies that are being read at the same time. */
export type BodyLimits = { readonly bodyBytes: number; readonly heldBytes: number };

const KIB = 1024;
const MIB = 1024 * KIB;

/** The usual body. With the hooks, at most 16 MiB are held for senders who have not proved who they are. */
export const USUAL_BODIES: BodyLimits = { bodyBytes: 64 * KIB, heldBytes: 8 * MIB };
/** GitLab's hooks list every job, and after four refusals in a row GitLab switches the hook off. */
export const HOOK_BODIES: BodyLimits = { bodyBytes: 2 * MIB, heldBytes: 8 * MIB };

const FIRST_BYTES = 16 * KIB;
const JSON_TYPE = /^application\/([\w.+-]*\+)?json\s*(;|$)/i;

/**
 * Reads bodies from Node's own stream. Memory is taken as bytes arrive, not as they are declared, and counted:
 * a flood of large bodies is answered 503 instead of filling the process.
 */
export class BodyReader {
  readonly #limits: BodyLimits;
  #held = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** Bytes that are held for bodies whose end has not come. */
  get heldBytes(): number {
    return this.#held;
  }

  /**
   * The bytes of a body that is declared as JSON. Throws `unsupported-media-type`, `too-large` (by the declared
   * length before anything is read), `busy`, or `malformed` where the sender ends early.
   */
  async readJson(c: HttpContext): Promise<Buffer> {
    if (!JSON_TYPE.test(c.env.incoming.headers['content-type'] ?? '')) {
      throw new ProblemError('unsupported-media-type', 'Send the body as application/json.');
    }
    return this.read(c);
  }

  /** The bytes of a body of any type. Throws as `readJson` does. */
  async read(c: HttpContext): Promise<Buffer> {
    const { incoming } = c.env;
    const declared = incoming.headers['content-length'];
    if (declared !== undefined && Number(declared) > this.#limits.bodyBytes) throw this.#tooLarge();
    return new Promise((resolve, reject) => this.#collect(incoming, Number(declared), resolve, reject));
  }

  /** The body as a value that fits the schema. Throws as `read` and `parseJson` do. */
  async parse<T>(c: HttpContext, schema: z.ZodType<T>): Promise<T> {
    return parseJson(await this.read(c), schema);
  }

  /** Copies chunks into one buffer that grows: a sender of tiny chunks cannot make us keep one object for each. */
  #collect(
    incoming: IncomingMessage,
    declared: number,
    resolve: (body: Buffer) => void,
    reject: (error: unknown) => void,
  ): void {
    let buffer: Buffer = Buffer.alloc(0);
    let length = 0;
    let reserved = 0;
    const release = (): void => {
      this.#held -= reserved;
      reserved = 0;
      incoming.off('data', onData).off('end', onEnd).off('error', onClose).off('close', onClose);
    };
    const refuse = (error: ProblemError): void => {
      release();
      // The rest is thrown away as it arrives.
      incoming.resume();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      const needed = length + chunk.length;
      if (needed > this.#limits.bodyBytes) return refuse(this.#tooLarge());
      if (needed > buffer.length) {
        const size = this.#sizeFor(needed, declared);
        if (this.#held - reserved + size > this.#limits.heldBytes) return refuse(busy());
        this.#held += size - reserved;
        reserved = size;
        const isWhole = length === 0 && needed === declared;
        if (isWhole) buffer = chunk;
        else buffer = grown(buffer, length, size);
      }
      if (buffer !== chunk) chunk.copy(buffer, length);
      length = needed;
      return undefined;
    };
    const onEnd = (): void => {
      release();
      resolve(buffer.length === length ? buffer : buffer.subarray(0, length));
    };
    const onClose = (): void => {
      release();
      reject(new ProblemError('malformed', 'The connection ended before the body did.'));
    };
    incoming.on('data', onData).on('end', onEnd).on('error', onClose).on('close', onClose);
    if (incoming.destroyed) onClose();
  }

  #sizeFor(needed: number, declared: number): number {
    const most = Number.isNaN(declared) ? this.#limits.bodyBytes : declared;
    return Math.min(most, Math.max(FIRST_BYTES, needed * 2));
  }

  #tooLarge(): ProblemError {
    return new ProblemError('too-large', `A body may have at most ${this.#limits.bodyBytes} bytes.`);
  }
}

function grown(buffer: Buffer, length: number, size: number): Buffer {
  const larger = Buffer.allocUnsafeSlow(size);
  buffer.copy(larger, 0, 0, length);
  return larger;
}

function busy(): ProblemError {
  return new ProblemError('busy', 'Too many bodies are being read at once. Send it again.');
}
