import { Pool } from 'undici';
import type { Store } from '../../sandbox/servicenow/state/store.ts';
import type { Row } from '../../sandbox/servicenow/state/row.ts';
import { changeFields, sysIdOf } from '../change.ts';
import { signedEvent, WEBHOOK_PATH } from '../event.ts';

const TICK_MS = 10;

export type BackgroundOptions = {
  readonly bridgeUrl: string;
  readonly secret: string;
  /** Which changes are edited, in turn. */
  readonly from: number;
  readonly count: number;
  readonly perSecond: number;
};

/**
 * What goes on in an instance besides: people edit changes that nobody decides. The record and its event always
 * agree, so a bridge that reads the record finds what the event said.
 */
export class BackgroundWork {
  readonly #store: Store;
  readonly #options: BackgroundOptions;
  readonly #pool: Pool;
  readonly #timer: NodeJS.Timeout;
  readonly #started = Date.now();
  readonly #underWay = new Set<Promise<void>>();
  #sent = 0;
  #refused = 0;

  constructor(store: Store, options: BackgroundOptions) {
    this.#store = store;
    this.#options = options;
    this.#pool = new Pool(options.bridgeUrl, { connections: 16 });
    this.#timer = setInterval(() => this.#catchUp(), TICK_MS);
  }

  async stop(): Promise<{ sent: number; refused: number }> {
    clearInterval(this.#timer);
    await Promise.all(this.#underWay);
    await this.#pool.close();
    return { sent: this.#sent, refused: this.#refused };
  }

  #catchUp(): void {
    const due = ((Date.now() - this.#started) / 1000) * this.#options.perSecond;
    while (this.#sent < due) {
      const sending = this.#edit(this.#sent).catch(() => {
        this.#refused += 1;
      });
      this.#underWay.add(sending);
      void sending.finally(() => this.#underWay.delete(sending));
      this.#sent += 1;
    }
  }

  async #edit(count: number): Promise<void> {
    const index = this.#options.from + (count % this.#options.count);
    const before = this.#store.get('change_request', sysIdOf(index)) ?? {};
    const version = Number(before['sys_mod_count'] ?? '0') + 1;
    const row = { ...before, ...changeFields(index, version) };
    this.#store.put('change_request', row);
    await post(this.#pool, signedEvent(told(row), this.#options.secret, Date.now()));
  }
}

/** Sends the event of one record. Throws where the bridge does not accept it. */
export async function sendEvent(bridgeUrl: string, secret: string, row: Row): Promise<void> {
  const pool = new Pool(bridgeUrl, { connections: 1 });
  await post(pool, signedEvent(told(row), secret, Date.now()));
  await pool.close();
}

/** The columns that the app tells of. */
function told(row: Row): Record<string, string> {
  const names = Object.keys(changeFields(0, 0));
  return Object.fromEntries(names.map((name) => [name, row[name] ?? '']));
}

async function post(pool: Pool, event: ReturnType<typeof signedEvent>): Promise<void> {
  const answer = await pool.request({ path: WEBHOOK_PATH, method: 'POST', ...event });
  await answer.body.dump();
  if (answer.statusCode !== 202) throw new Error(`An event was answered with ${answer.statusCode}.`);
}
