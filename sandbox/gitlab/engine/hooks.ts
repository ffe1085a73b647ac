import { createHmac, randomUUID } from 'node:crypto';
import type { Faults } from '../faults.ts';
import type { HookOptions } from '../options.ts';

const TIMEOUT_MS = 10_000;
const FAILURES_BEFORE_PAUSE = 4;
const FAILURES_BEFORE_END = 40;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 24 * 60 * 60_000;

/** One attempt to send an event, or why there was none. `status` is null without an HTTP answer. */
export type Delivery = {
  key: string;
  event: string;
  at: number;
  outcome: 'delivered' | 'failed' | 'dropped' | 'disabled';
  status: number | null;
  detail: string;
};

type Deps = { now: () => number; instance: () => string; faults: Faults };

/**
 * Sends a project's webhooks as GitLab does: once, without a retry, with 10 s for an answer.
 * The 4th failure in a row pauses the hook for a minute, each further one for twice as long up to a day;
 * the 40th ends it until its settings are saved again. What happens meanwhile is never sent.
 */
export class HookSender {
  readonly deliveries: Delivery[] = [];
  readonly #deps: Deps;
  readonly #stop = new AbortController();
  readonly #underway = new Set<Promise<void>>();
  #hook: HookOptions | undefined;
  #failures = 0;
  #pausedUntil = 0;

  constructor(hook: HookOptions | undefined, deps: Deps) {
    this.#hook = hook;
    this.#deps = deps;
  }

  /** New settings make a paused hook active again. */
  configure(hook: HookOptions | undefined): void {
    this.#hook = hook;
    this.#failures = 0;
    this.#pausedUntil = 0;
  }

  /** For display: no secrets. */
  status() {
    const isActive = this.#hook !== undefined && !this.#isPaused();
    return { url: this.#hook?.url ?? null, active: isActive, failures: this.#failures };
  }

  /** Sends an event and returns at once; what came of it stands in `deliveries`. */
  send(event: string, body: object): void {
    const hook = this.#hook;
    if (hook === undefined) return;
    const key = randomUUID();
    const note = this.#note.bind(this, key, event);
    if (this.#isPaused()) return note('disabled', null, 'the hook is paused after failures');
    if (this.#deps.faults.take(event, 'drop-hook') !== undefined) return note('dropped', null, 'fault');
    const copies = this.#deps.faults.take(event, 'duplicate-hook') === undefined ? 1 : 2;
    const text = JSON.stringify(body);
    const eventId = randomUUID();
    for (let copy = 0; copy < copies; copy += 1) {
      const sending = this.#attempt(hook, { key, event, eventId, text });
      this.#underway.add(sending);
      void sending.finally(() => this.#underway.delete(sending));
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled(this.#underway);
  }

  async #attempt(hook: HookOptions, message: Message): Promise<void> {
    const note = this.#note.bind(this, message.key, message.event);
    try {
      const answer = await fetch(hook.url, {
        method: 'POST',
        headers: this.#headers(hook, message),
        body: message.text,
        redirect: 'manual',
        signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const detail = (await answer.text()).slice(0, 500);
      if (answer.ok) {
        this.#failures = 0;
        note('delivered', answer.status, detail);
        return;
      }
      this.#failed();
      note('failed', answer.status, detail);
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#failed();
      note('failed', null, describe(error));
    }
  }

  #headers(hook: HookOptions, { key, event, eventId, text }: Message): Record<string, string> {
    const headers: Record<string, string> = {
      'Content-Type': 'application/json',
      'User-Agent': 'GitLab/19.1.0',
      'Idempotency-Key': key,
      'X-Gitlab-Event': event,
      'X-Gitlab-Event-UUID': eventId,
      'X-Gitlab-Webhook-UUID': randomUUID(),
      'X-Gitlab-Instance': this.#deps.instance(),
    };
    if (hook.token !== undefined) headers['X-Gitlab-Token'] = hook.token;
    if (hook.signingSecret === undefined) return headers;
    const timestamp = String(Math.floor(this.#deps.now() / 1000));
    const secret = Buffer.from(hook.signingSecret.slice('whsec_'.length), 'base64');
    const mac = createHmac('sha256', secret).update(`${key}.${timestamp}.${text}`).digest('base64');
    headers['webhook-id'] = key;
    headers['webhook-timestamp'] = timestamp;
    headers['webhook-signature'] = `v1,${mac}`;
    return headers;
  }

  #failed(): void {
    this.#failures += 1;
    const over = this.#failures - FAILURES_BEFORE_PAUSE;
    if (over < 0) return;
    this.#pausedUntil = this.#deps.now() + Math.min(FIRST_PAUSE_MS * 2 ** over, LONGEST_PAUSE_MS);
  }

  #isPaused(): boolean {
    return this.#failures >= FAILURES_BEFORE_END || this.#deps.now() < this.#pausedUntil;
  }

  #note(key: string, event: string, outcome: Delivery['outcome'], status: number | null, detail: string) {
    this.deliveries.push({ key, event, at: this.#deps.now(), outcome, status, detail });
  }
}

type Message = { key: string; event: string; eventId: string; text: string };

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
