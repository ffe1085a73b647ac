import { z } from 'zod';
import {
  changeAddress,
  type ChangeRecord,
  changeRecordSchema,
  READ_FIELDS,
  sysIdSchema,
} from '../model/change.ts';
import { UpstreamUnavailable, type SystemName } from '../model/errors.ts';
import type { Clock } from '../model/jobs.ts';
import { AccessToken, type IssuedToken } from './access-token.ts';
import { batchesOf } from './batches.ts';
import { type ChangePage, readRows } from './change-rows.ts';
import { type Answer, type Call, jsonOf } from './exchange.ts';
import { Upstream } from './http.ts';
import type { Redactor } from './redactor.ts';
import { plainJournals } from './journal-text.ts';
import { ServiceNowApprovals } from './servicenow-approvals.ts';
import { ServiceNowFiles } from './servicenow-files.ts';
import { ServiceNowNames } from './servicenow-names.ts';

export type ServiceNowAuth =
  | { readonly kind: 'basic'; readonly token: string }
  | { readonly kind: 'oauth'; readonly clientId: string; readonly clientSecret: string };

export type ServiceNowOptions = {
  readonly instanceUrl: string;
  readonly auth: ServiceNowAuth;
  readonly tagsField: string;
  readonly clock: Clock;
  /** How long (ms) one call may take; a long list may take three times as long. */
  readonly timeoutMs: number;
  readonly redactor: Redactor;
};

const recordAnswer = z.object({ result: changeRecordSchema });
const rowsAnswer = z.object({ result: z.array(z.unknown()) });
const errorAnswer = z.object({
  error: z.object({ message: z.string(), detail: z.string().nullish() }),
});
const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number() });
/** How long before its end (ms) an OAuth token is no longer used. */
const TOKEN_MARGIN_MS = 60_000;
/** A thousand changes of many fields: mostly 3 kB each, ten times that where descriptions are long. */
const LIST_BYTES = 32 * 1024 * 1024;
const LIST_DEADLINES = 3;
/** So many sys_ids keep an address under 8 kB, which servers and proxies commonly allow. */
const IDS_PER_READ = 200;
/** How many reads of many go out at once: they leave connections for what people wait for. */
const READS_AT_ONCE = 2;

/**
 * The Table API of one instance. Every method may throw UpstreamUnavailable, CredentialsRefused and
 * RequestRefused; those that write also OutcomeUnknown.
 */
export class ServiceNow {
  readonly #options: ServiceNowOptions;
  readonly #upstream: Upstream;
  readonly #cookies = new Map<string, string>();
  readonly #fields: string;
  readonly #token: AccessToken;
  /** The records that people call by their names. */
  readonly names: ServiceNowNames;
  readonly files: ServiceNowFiles;
  readonly approvals: ServiceNowApprovals;

  constructor(options: ServiceNowOptions) {
    this.#options = options;
    this.#fields = [...READ_FIELDS, options.tagsField].join(',');
    this.#upstream = new Upstream({
      system: 'ServiceNow',
      baseUrl: options.instanceUrl,
      timeoutMs: options.timeoutMs,
      maxBytes: 8 * 1024 * 1024,
      // Few enough that an instance queues them at worst: its semaphores are shared with people.
      connections: 8,
      clock: options.clock,
      redactor: options.redactor,
    });
    const read = async <T>(call: Call, schema: z.ZodType<T>): Promise<T> =>
      this.#upstream.parse(call, await this.#accepted(call), schema);
    this.names = new ServiceNowNames(read, options.clock);
    const ask = { read, send: (call: Call) => this.#accepted(call) };
    this.files = new ServiceNowFiles(ask);
    this.approvals = new ServiceNowApprovals(ask, (words) => this.#upstream.quote(words));
    this.#token = new AccessToken(options.clock, () => this.#askForToken());
  }

  get system(): SystemName {
    return this.#upstream.system;
  }

  get state(): Upstream['state'] {
    return this.#upstream.state;
  }

  /** The integration user's name, where the credentials tell it. */
  get userName(): string | undefined {
    const { auth } = this.#options;
    if (auth.kind !== 'basic') return undefined;
    return Buffer.from(auth.token, 'base64').toString('utf8').split(':')[0];
  }

  /** The address of a change for people. */
  changeUrl(sysId: string): string {
    return changeAddress(this.#options.instanceUrl, sysId);
  }

  /** The record as it stands, or undefined where it does not exist (or may not be read). */
  async readChange(sysId: string): Promise<ChangeRecord | undefined> {
    const path = `/api/now/table/change_request/${sysIdSchema.parse(sysId)}?${this.#query({})}`;
    const call: Call = { method: 'GET', path, sideEffect: false };
    const answer = await this.#call(call);
    if (answer.status === 404) return undefined;
    return this.#record(call, answer);
  }

  /**
   * Many records at once, by sys_id. An id that is missing was not answered: the change does not exist, or may not
   * be read. An id without a record exists, but its record makes no sense.
   */
  async readChanges(sysIds: readonly string[]): Promise<Map<string, ChangeRecord | undefined>> {
    const found = new Map<string, ChangeRecord | undefined>();
    const batches = batchesOf([...new Set(sysIds)], IDS_PER_READ);
    for (const together of batchesOf(batches, READS_AT_ONCE)) {
      const read = await Promise.all(together.map((ids) => this.#readBatch(ids)));
      for (const [sysId, record] of read.flat()) found.set(sysId, record);
    }
    return found;
  }

  async #readBatch(ids: readonly string[]): Promise<[string, ChangeRecord | undefined][]> {
    const query = `sys_idIN${ids.map((id) => sysIdSchema.parse(id)).join(',')}`;
    const { records, unreadable } = await this.pageOfChanges(query, ids.length, 0);
    const asked = new Set(ids);
    const rows: [string, ChangeRecord | undefined][] = [
      ...unreadable.map((row): [string, undefined] => [row.sysId ?? '', undefined]),
      ...records.map((record): [string, ChangeRecord] => [record.sysId, record]),
    ];
    // Where the instance does not understand a query it answers whatever it has.
    return rows.filter(([sysId]) => asked.has(sysId));
  }

  /**
   * The first changes of an encoded query, at most `limit`; fewer where access rules hide some. Throws
   * UpstreamUnavailable where a row makes no sense: whoever asks here must not miss one.
   */
  async listChanges(query: string, limit: number): Promise<ChangeRecord[]> {
    const { records, unreadable } = await this.pageOfChanges(query, limit, 0);
    const [row] = unreadable;
    if (row === undefined) return records;
    const name = row.sysId === undefined ? 'a change' : `the change ${row.sysId}`;
    throw new UpstreamUnavailable(
      'ServiceNow',
      `ServiceNow answered ${name} in a form that makes no sense (${row.reason}).`,
    );
  }

  /**
   * A page of changes for an encoded query. It may be short or empty although `more` follow: ACLs apply after the
   * limit (Table API: the headers Link and X-Total-Count know nothing of ACLs). Rows that make no sense are told
   * apart, and stop no other.
   */
  async pageOfChanges(query: string, limit: number, offset: number): Promise<ChangePage> {
    const params = this.#query({
      sysparm_query: query,
      sysparm_limit: String(limit),
      ...(offset === 0 ? {} : { sysparm_offset: String(offset) }),
    });
    const call: Call = {
      method: 'GET',
      path: `/api/now/table/change_request?${params}`,
      sideEffect: false,
      timeoutMs: this.#options.timeoutMs * LIST_DEADLINES,
      maxBytes: LIST_BYTES,
    };
    const answer = await this.#accepted(call);
    const { result } = this.#upstream.parse(call, answer, rowsAnswer);
    const isNextLinked = /rel="?next"?/.test(String(answer.headers['link'] ?? ''));
    const total = Number(answer.headers['x-total-count'] ?? 0);
    const rows = readRows(result, (words) => this.#upstream.quote(words));
    return { ...rows, more: isNextLinked || total > offset + limit };
  }

  /** Creates a change; the answer tells every column that was sent, as ServiceNow kept it. */
  async createChange(fields: Readonly<Record<string, string>>): Promise<ChangeRecord> {
    const path = `/api/now/table/change_request?${this.#query({}, Object.keys(fields))}`;
    const call: Call = { method: 'POST', path, json: plainJournals(fields), sideEffect: true };
    return this.#record(call, await this.#call(call));
  }

  /** Writes fields and answers the record as ServiceNow left it: compare it with what was sent. */
  async patchChange(sysId: string, fields: Readonly<Record<string, string>>): Promise<ChangeRecord> {
    const path = `/api/now/table/change_request/${sysIdSchema.parse(sysId)}?${this.#query({})}`;
    const call: Call = { method: 'PATCH', path, json: plainJournals(fields), sideEffect: true };
    return this.#record(call, await this.#call(call));
  }

  async close(): Promise<void> {
    await this.#upstream.close();
  }

  /** `more`: columns that are read besides the usual. */
  #query(params: Readonly<Record<string, string>>, more: readonly string[] = []): string {
    return new URLSearchParams({
      ...params,
      sysparm_fields:
        more.length === 0 ? this.#fields : [...new Set([...this.#fields.split(','), ...more])].join(','),
      sysparm_display_value: 'false',
      sysparm_exclude_reference_link: 'true',
    }).toString();
  }

  #record(call: Call, answer: Answer): ChangeRecord {
    return this.#upstream.parse(call, this.#checked(answer), recordAnswer).result;
  }

  async #accepted(call: Call): Promise<Answer> {
    return this.#checked(await this.#call(call));
  }

  #checked(answer: Answer): Answer {
    if (answer.status < 300) return answer;
    throw this.#upstream.refused(answer.status, refusalWords(answer));
  }

  async #call(call: Call): Promise<Answer> {
    const { auth } = this.#options;
    const token = auth.kind === 'basic' ? undefined : await this.#token.get();
    const authorization = auth.kind === 'basic' ? `Basic ${auth.token}` : `Bearer ${token}`;
    const answer = await this.#upstream.call({
      ...call,
      headers: { authorization, ...this.#cookieHeader() },
    });
    this.#keepCookies(answer);
    if (answer.status === 401) {
      if (token !== undefined) this.#token.forget(token);
      throw this.#upstream.denied(
        'ServiceNow does not accept our credentials (401). Check SERVICENOW_API_TOKEN or SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET, and that the integration user is active.',
      );
    }
    if (String(answer.headers['content-type'] ?? '').includes('text/html')) {
      const message = 'ServiceNow answered with a web page instead of data: is the instance hibernating?';
      throw new UpstreamUnavailable('ServiceNow', message, 30_000);
    }
    return answer;
  }

  async #askForToken(): Promise<IssuedToken> {
    const { auth, clock } = this.#options;
    if (auth.kind === 'basic') throw new Error('Basic credentials need no token.');
    const call: Call = {
      method: 'POST',
      path: '/oauth_token.do',
      form: { grant_type: 'client_credentials', client_id: auth.clientId, client_secret: auth.clientSecret },
      sideEffect: false,
    };
    const answer = await this.#upstream.call(call);
    if (answer.status === 400 || answer.status === 401) {
      throw this.#upstream.denied(
        'ServiceNow gives us no token. Check SERVICENOW_CLIENT_ID and SERVICENOW_CLIENT_SECRET.',
      );
    }
    const token = this.#upstream.parse(call, answer, tokenAnswer);
    this.#upstream.learnToken(token.access_token);
    return { value: token.access_token, until: clock() + token.expires_in * 1000 - TOKEN_MARGIN_MS };
  }

  #cookieHeader(): Record<string, string> {
    if (this.#cookies.size === 0) return {};
    return { cookie: [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ') };
  }

  // A call without its session's cookies opens another session on the instance.
  #keepCookies(answer: Answer): void {
    const set = answer.headers['set-cookie'];
    for (const line of typeof set === 'string' ? [set] : (set ?? [])) {
      const [pair = ''] = line.split(';');
      const equals = pair.indexOf('=');
      if (equals > 0) this.#cookies.set(pair.slice(0, equals).trim(), pair.slice(equals + 1).trim());
    }
  }
}

/** ServiceNow's own words for a refusal, `''` where it has none. */
function refusalWords(answer: Answer): string {
  const parsed = errorAnswer.safeParse(jsonOf(answer));
  if (!parsed.success) return '';
  const { message, detail } = parsed.data.error;
  return `${message}${detail ? ` (${detail})` : ''}`;
}
