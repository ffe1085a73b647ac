import { Pool } from 'undici';
import { z } from 'zod';
import { until } from './until.ts';

const syncSchema = z.object({
  id: z.string(),
  status: z.string(),
  message: z.string().nullish(),
});

/** A caller of the operator's API with an admin token. */
export class Operator {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(bridgeUrl: string, token: string) {
    this.#pool = new Pool(bridgeUrl, { connections: 2 });
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  }

  /** Answers the JSON of a path. Throws on any status but 2xx. */
  async get(path: string): Promise<unknown> {
    const answer = await this.#pool.request({ method: 'GET', path, headers: this.#headers });
    return readJson(answer, path);
  }

  /** Asks for a full sync; answers its id. */
  async startFullSync(): Promise<string> {
    const answer = await this.#pool.request({
      method: 'POST',
      path: '/v1/syncs',
      headers: this.#headers,
      body: JSON.stringify({ mode: 'full', reason: 'measured by the bench' }),
    });
    return syncSchema.parse(await readJson(answer, '/v1/syncs')).id;
  }

  async isSyncDone(id: string): Promise<boolean> {
    const { status, message } = syncSchema.parse(await this.get(`/v1/syncs/${id}`));
    if (status === 'failed') throw new Error(`The full sync failed: ${message ?? ''}`);
    return status === 'done';
  }

  /** Waits until a sync is done. Throws when it fails. */
  async syncDone(id: string, deadlineMs: number): Promise<void> {
    await until('the full sync is done', () => this.isSyncDone(id), deadlineMs);
  }
}

async function readJson(
  answer: { statusCode: number; body: { text: () => Promise<string> } },
  path: string,
): Promise<unknown> {
  const text = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${path} was answered with ${answer.statusCode}: ${text}`);
  return JSON.parse(text);
}
