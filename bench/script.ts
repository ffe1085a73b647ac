import { Pool } from 'undici';
import { z } from 'zod';
import { changeFields, entityOf } from './change.ts';
import type { World } from './world.ts';

const BULK = 20;
const tokenSchema = z.object({ accessToken: z.string() });
const rowsSchema = z.object({ result: z.array(z.record(z.string(), z.string())) });
const FIELDS = Object.keys(changeFields(0, 0)).join(',');

/** Calls the two systems directly, as a script would: what a bridge is compared with. */
export class Script {
  readonly #servicenow: Pool;
  readonly #port: Pool;
  readonly #basic: string;
  readonly #path: string;
  #bearer = '';

  constructor(world: World, portUrl: string, connections: number) {
    const { origin, pathname } = new URL(portUrl);
    this.#servicenow = new Pool(world.urls.servicenow, { connections: 1 });
    this.#port = new Pool(origin, { connections });
    this.#basic = `Basic ${world.env['SERVICENOW_API_TOKEN'] ?? ''}`;
    this.#path = pathname;
  }

  async signIn(clientSecret: string): Promise<void> {
    const text = await this.#post('/auth/access_token', { clientId: 'bench', clientSecret });
    this.#bearer = `Bearer ${tokenSchema.parse(JSON.parse(text)).accessToken}`;
  }

  /** The plain loop: a page of 100 by offset, its records in bulks of 20, one call after another. */
  async copy(count: number): Promise<number> {
    return perSecond(count, async () => {
      for (let offset = 0; offset < count; offset += 100) {
        const rows = await this.#page({
          sysparm_query: 'ORDERBYsys_id',
          sysparm_limit: '100',
          sysparm_offset: String(offset),
        });
        for (let at = 0; at < rows.length; at += BULK) await this.#bulk(rows.slice(at, at + BULK));
      }
    });
  }

  /** Reads everything in pages of 1,000, and nothing else. */
  async readAll(count: number): Promise<number> {
    return perSecond(count, async () => {
      let [last, read] = ['', 0];
      while (read < count) {
        const query = `sys_id>${last}^ORDERBYsys_id`;
        const rows = await this.#page({ sysparm_query: query, sysparm_limit: '1000' });
        last = rows.at(-1)?.['sys_id'] ?? '';
        read += rows.length;
        if (rows.length === 0) throw new Error(`ServiceNow has ${read} records, not ${count}.`);
      }
    });
  }

  /** Writes so many records in bulks of 20, as many at once as there are connections, and nothing else. */
  async writeAll(count: number, connections: number): Promise<number> {
    const rows = Array.from({ length: count }, (_, index) => changeFields(index, 0));
    let next = 0;
    const client = async (): Promise<void> => {
      for (let at = next; at < count; at = next) {
        next += BULK;
        await this.#bulk(rows.slice(at, at + BULK));
      }
    };
    return perSecond(count, async () => {
      await Promise.all(Array.from({ length: connections }, client));
    });
  }

  async close(): Promise<void> {
    await Promise.all([this.#servicenow.close(), this.#port.close()]);
  }

  async #page(params: Readonly<Record<string, string>>): Promise<Record<string, string>[]> {
    const query = new URLSearchParams({ ...params, sysparm_fields: FIELDS, sysparm_no_count: 'true' });
    const answer = await this.#servicenow.request({
      method: 'GET',
      path: `/api/now/table/change_request?${query.toString()}`,
      headers: { authorization: this.#basic },
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`ServiceNow answered ${answer.statusCode}: ${text}`);
    return rowsSchema.parse(JSON.parse(text)).result;
  }

  async #bulk(rows: readonly Readonly<Record<string, string>>[]): Promise<void> {
    const path = '/blueprints/servicenowChangeRequest/entities/bulk?upsert=true&merge=true';
    await this.#post(path, { entities: rows.map(entityOf) });
  }

  async #post(path: string, body: object): Promise<string> {
    const headers = {
      'content-type': 'application/json',
      ...(this.#bearer === '' ? {} : { authorization: this.#bearer }),
    };
    const answer = await this.#port.request({
      method: 'POST',
      path: `${this.#path}${path}`,
      headers,
      body: JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`The portal answered ${answer.statusCode}: ${text}`);
    return text;
  }
}

async function perSecond(count: number, act: () => Promise<void>): Promise<number> {
  const started = Date.now();
  await act();
  return (count * 1000) / (Date.now() - started);
}
