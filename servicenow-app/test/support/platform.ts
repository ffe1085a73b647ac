import { createHmac } from 'node:crypto';

type Fields = Map<string, string>;
type Test = (fields: Fields) => boolean;

/** One HTTP call that a script made. */
export interface SentRequest {
  url: string;
  method: string;
  timeoutMs: number;
  headers: Map<string, string>;
  body: string;
  midServer: string;
}

/** What the double answers to a call; a thrown error is thrown by `execute`. */
export interface GivenAnswer {
  status: number;
  body?: string;
  headers?: Record<string, string>;
}

/** The platform as the application sees it: tables, properties, clock, events and outbound calls in memory. */
export interface Platform {
  now: number;
  readonly tables: Map<string, Map<string, Fields>>;
  readonly columns: Map<string, Set<string>>;
  readonly unique: Map<string, string>;
  readonly properties: Map<string, string>;
  readonly events: { name: string; parm1: string; parm2: string }[];
  readonly errors: string[];
  readonly messages: string[];
  readonly writes: string[];
  readonly requests: SentRequest[];
  answer: (request: SentRequest) => GivenAnswer;
}

/** An empty platform whose clock stands at 2026-11-21 10:00:00 UTC and whose every call is accepted. */
export function createPlatform(): Platform {
  return {
    now: Date.UTC(2026, 10, 21, 10, 0, 0),
    tables: new Map(),
    columns: new Map(),
    unique: new Map([['x_chb_changebridge_claim', 'record_id']]),
    properties: new Map(),
    events: [],
    errors: [],
    messages: [],
    writes: [],
    requests: [],
    answer: () => ({ status: 202 }),
  };
}

let serial = 0;

/** A new 32-digit identifier; later ones sort after earlier ones. */
export function newId(): string {
  serial += 1;
  return serial.toString(16).padStart(32, '0');
}

/** The rows of a table as plain objects, in the order in which they were inserted. */
export function rowsOf(platform: Platform, table: string): Record<string, string>[] {
  return [...(platform.tables.get(table)?.values() ?? [])].map((fields) => Object.fromEntries(fields));
}

/** The classes and objects that `@servicenow/glide` gives to a script. */
export function glideOf(current: () => Platform) {
  class Record extends RecordDouble {
    constructor(table: string) {
      super(current(), table);
    }
  }
  return {
    GlideRecord: Record,
    GlideDateTime: clockOf(current),
    gs: systemOf(current),
    CertificateEncryption,
  };
}

/** What `@servicenow/glide/sn_ws` gives to a script. */
export function webServicesOf(current: () => Platform) {
  class RESTMessageV2 {
    request: SentRequest = { url: '', method: '', timeoutMs: 0, headers: new Map(), body: '', midServer: '' };
    setEndpoint(url: string): void {
      this.request.url = url;
    }
    setHttpMethod(method: string): void {
      this.request.method = method;
    }
    setHttpTimeout(timeoutMs: number): void {
      this.request.timeoutMs = timeoutMs;
    }
    setRequestHeader(name: string, value: string): void {
      this.request.headers.set(name, value);
    }
    setRequestBody(body: string): void {
      this.request.body = body;
    }
    setMIDServer(name: string): void {
      this.request.midServer = name;
    }
    execute() {
      current().requests.push(this.request);
      return responseOf(current().answer(this.request));
    }
  }
  return { RESTMessageV2 };
}

function responseOf(answer: GivenAnswer) {
  return {
    getStatusCode: () => answer.status,
    haveError: () => answer.status === 0 || answer.status >= 400,
    getErrorCode: () => (answer.status === 0 ? 1 : 0),
    getErrorMessage: () => (answer.status === 0 ? 'Socket timeout' : 'Method failed'),
    getBody: () => answer.body ?? '',
    getHeader: (name: string) => answer.headers?.[name] ?? null,
  };
}

function clockOf(current: () => Platform) {
  return class {
    getNumericValue(): number {
      return current().now;
    }
  };
}

function systemOf(current: () => Platform) {
  const log = (template: string, ...values: unknown[]): void => {
    current().errors.push(template.replace(/\{(\d)\}/g, (_, index) => String(values[Number(index)])));
  };
  return {
    error: log,
    addInfoMessage: (text: string) => current().messages.push(text),
    addErrorMessage: (text: string) => current().messages.push(text),
    generateGUID: () => newId(),
    getProperty: (name: string, fallback: string) => current().properties.get(name) ?? fallback,
    eventQueue: (name: string, _row: unknown, parm1: string, parm2: string) => {
      current().events.push({ name, parm1, parm2 });
    },
  };
}

const CertificateEncryption = {
  generateMac: (key: string, _algorithm: string, text: string): string =>
    createHmac('sha256', Buffer.from(key, 'base64')).update(text, 'latin1').digest('base64'),
};

class RecordDouble {
  private fields: Fields = new Map();
  private found: Fields[] = [];
  private position = -1;
  private tests: Test[] = [];
  private orders: { field: string; down: boolean }[] = [];
  private limit = Number.POSITIVE_INFINITY;
  private readonly platform: Platform;
  private readonly table: string;

  constructor(platform: Platform, table: string) {
    this.platform = platform;
    this.table = table;
  }

  initialize(): void {
    this.fields = new Map();
  }

  addQuery(field: string, operatorOrValue: string, value?: string | number): void {
    this.tests.push(
      value === undefined
        ? compare(field, '=', operatorOrValue)
        : compare(field, operatorOrValue, String(value)),
    );
  }

  addEncodedQuery(query: string): void {
    for (const part of query.split('^')) {
      const order = /^ORDERBY(DESC)?(\w+)$/.exec(part);
      const condition = /^(\w+?)(!=|=|IN)(.*)$/.exec(part);
      if (order !== null) this.orders.push({ field: order[2] ?? '', down: order[1] === 'DESC' });
      else if (condition !== null) {
        this.tests.push(compare(condition[1] ?? '', condition[2] ?? '', condition[3] ?? ''));
      }
    }
  }

  orderBy(field: string): void {
    this.orders.push({ field, down: false });
  }

  setLimit(limit: number): void {
    this.limit = limit;
  }

  query(): void {
    const rows = [...this.rows().values()].filter((row) => this.tests.every((test) => test(row)));
    this.found = rows.toSorted((a, b) => this.rank(a, b)).slice(0, this.limit);
    this.position = -1;
  }

  next(): boolean {
    this.position += 1;
    const row = this.found[this.position];
    if (row === undefined) return false;
    this.fields = new Map(row);
    return true;
  }

  get(fieldOrId: string, value?: string): boolean {
    this.tests = [compare(value === undefined ? 'sys_id' : fieldOrId, '=', value ?? fieldOrId)];
    this.query();
    return this.next();
  }

  insert(): string | null {
    const index = this.platform.unique.get(this.table);
    const taken = [...this.rows().values()].some(
      (row) => index !== undefined && row.get(index) === this.fields.get(index),
    );
    if (taken) return null;
    const id = this.fields.get('sys_id') ?? newId();
    this.fields.set('sys_id', id);
    this.fields.set('sys_created_on', new Date(this.platform.now).toISOString());
    this.rows().set(id, new Map(this.fields));
    this.platform.writes.push(`insert ${this.table}`);
    return id;
  }

  update(): string | null {
    const id = this.getUniqueValue();
    if (!this.rows().has(id)) return null;
    this.rows().set(id, new Map(this.fields));
    this.platform.writes.push(`update ${this.table}`);
    return id;
  }

  deleteRecord(): boolean {
    this.platform.writes.push(`delete ${this.table}`);
    return this.rows().delete(this.getUniqueValue());
  }

  getValue(field: string): string | null {
    return this.fields.get(field) || null;
  }

  setValue(field: string, value: unknown): void {
    this.fields.set(field, String(value));
  }

  getUniqueValue(): string {
    return this.fields.get('sys_id') ?? '';
  }

  getRowCount(): number {
    return this.found.length;
  }

  isValidField(field: string): boolean {
    return this.platform.columns.get(this.table)?.has(field) ?? false;
  }

  private rows(): Map<string, Fields> {
    const rows = this.platform.tables.get(this.table) ?? new Map<string, Fields>();
    this.platform.tables.set(this.table, rows);
    return rows;
  }

  private rank(a: Fields, b: Fields): number {
    for (const { field, down } of this.orders) {
      const order = rankOf(a.get(field) ?? '', b.get(field) ?? '');
      if (order !== 0) return down ? -order : order;
    }
    return 0;
  }
}

function rankOf(a: string, b: string): number {
  const numbers = /^-?\d+$/.test(a) && /^-?\d+$/.test(b) && a.length < 16;
  if (numbers) return Number(a) - Number(b);
  return a < b ? -1 : Number(a > b);
}

function compare(field: string, operator: string, value: string): Test {
  return (row) => {
    const seen = row.get(field) ?? '';
    if (operator === 'IN') return value.split(',').includes(seen);
    if (operator === '!=') return seen !== value;
    if (operator === '=') return seen === value;
    if (seen === '') return false;
    const order = rankOf(seen, value);
    if (operator === '<') return order < 0;
    if (operator === '<=') return order <= 0;
    if (operator === '>') return order > 0;
    if (operator === '>=') return order >= 0;
    throw new Error(`The double knows no operator ${operator}`);
  };
}
