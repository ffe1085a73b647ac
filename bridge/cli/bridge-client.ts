import { z } from 'zod';
import { type Host, UsageError } from './host.ts';

/** A running bridge, asked over HTTP with an operator's token. */
export type BridgeClient = {
  /** The answer as what `schema` says. Throws an Error with the bridge's own words, or why it cannot be reached. */
  readonly get: <T>(path: string, schema: z.ZodType<T>) => Promise<T>;
  readonly post: <T>(path: string, body: object, schema: z.ZodType<T>) => Promise<T>;
  /** The answer's text, line by line as it comes. Throws as `get` does. */
  readonly lines: (path: string) => AsyncGenerator<string>;
};

const problemSchema = z.object({ title: z.string(), detail: z.string().optional() });

/** Throws UsageError where CHANGEBRIDGE_URL or CHANGEBRIDGE_TOKEN is missing or makes no sense. */
export function bridgeClient({ env, fetch }: Pick<Host, 'env' | 'fetch'>): BridgeClient {
  const address = (env['CHANGEBRIDGE_URL'] ?? '').replace(/\/+$/, '');
  const token = env['CHANGEBRIDGE_TOKEN'] ?? '';
  if (!URL.canParse(address))
    throw new UsageError(
      'CHANGEBRIDGE_URL must be the address of a running bridge, such as http://localhost:8080.',
    );
  if (token === '')
    throw new UsageError('CHANGEBRIDGE_TOKEN must be a token of OPERATOR_TOKENS: the part after the role.');
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${address}${path}`, { ...init, headers }).catch((cause: unknown) => {
      const why = cause instanceof Error ? (cause.cause ?? cause) : cause;
      throw new Error(
        `No bridge answers at ${address} (${why instanceof Error ? why.message : String(why)}).`,
      );
    });
    if (!answer.ok) throw new Error(await refusalOf(answer, address));
    return answer;
  };
  return {
    get: async (path, schema) => schema.parse(await (await ask(path)).json()),
    post: async (path, body, schema) =>
      schema.parse(await (await ask(path, { method: 'POST', body: JSON.stringify(body) })).json()),
    lines: (path) => linesOf(ask(path)),
  };
}

async function refusalOf(answer: Response, address: string): Promise<string> {
  if (answer.status === 401) return `The bridge at ${address} does not know this CHANGEBRIDGE_TOKEN.`;
  const told = problemSchema.safeParse(await answer.json().catch(() => undefined));
  if (!told.success) return `${address} answered ${answer.status}: is it a bridge?`;
  return told.data.detail ?? told.data.title;
}

async function* linesOf(asked: Promise<Response>): AsyncGenerator<string> {
  const { body } = await asked;
  let rest = '';
  for await (const part of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const lines = `${rest}${part}`.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}
