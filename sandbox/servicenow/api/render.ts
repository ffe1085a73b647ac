import type { Column } from '../state/dictionary.ts';
import { type Row, valueOf } from '../state/row.ts';
import type { Store } from '../state/store.ts';
import { toUserTime } from '../state/time.ts';
import type { AccessControl } from '../state/acl.ts';
import type { User } from '../state/users.ts';

/** How a caller wants records shown. */
export type View = {
  readonly fields: readonly string[] | undefined;
  readonly display: 'false' | 'true' | 'all';
  readonly excludeLink: boolean;
  readonly origin: string;
  readonly user: User;
};

/** A field of a record in an answer of the Table API. */
export type Shown = string | { display_value?: string; value?: string; link?: string };

/** Turns stored rows into what the Table API answers. */
export class Renderer {
  readonly #store: Store;
  readonly #access: AccessControl;
  // A view is one request's: which fields it shows is worked out once for all of its records.
  readonly #readable = new WeakMap<View, Map<string, readonly string[]>>();

  constructor(store: Store, access: AccessControl) {
    this.#store = store;
    this.#access = access;
  }

  /** The record as the caller may see it. Fields that do not exist or may not be read are left out. */
  record(table: string, row: Row, view: View): Record<string, Shown> {
    const shown: Record<string, Shown> = {};
    for (const field of this.#fields(table, view)) {
      const column = this.#column(table, row, field);
      if (column === undefined) continue;
      const stored = this.#store.walk(table, row, field);
      shown[field] = column.type.startsWith('journal')
        ? this.#journal(row, field, view)
        : this.#field(column, stored, view);
    }
    return shown;
  }

  #fields(table: string, view: View): readonly string[] {
    const known = this.#readable.get(view) ?? new Map<string, readonly string[]>();
    this.#readable.set(view, known);
    const fields = known.get(table) ?? this.#readableFields(table, view);
    known.set(table, fields);
    return fields;
  }

  #readableFields(table: string, view: View): string[] {
    const fields = view.fields ?? this.#store.dictionary.columns(table).map((column) => column.name);
    return fields.filter((field) =>
      this.#access.allowsField(view.user, 'read', table, field.split('.')[0] ?? field),
    );
  }

  /** What a user reads for this value: a choice's label, a reference's name, a local date. */
  display(column: Column, value: string, timeZone: string): string {
    if (value === '') return '';
    if (column.reference !== undefined) return this.referenceName(column.reference, value);
    if (column.type === 'glide_date_time') return toUserTime(value, timeZone);
    return column.choices?.find((choice) => choice.value === value)?.label ?? value;
  }

  referenceName(table: string, sysId: string): string {
    const target = this.#store.find(table, sysId);
    if (target === undefined) return '';
    return valueOf(target.row, this.#store.dictionary.displayColumn(target.table));
  }

  #column(table: string, row: Row, path: string): Column | undefined {
    if (!path.includes('.')) return this.#store.dictionary.column(table, path);
    const [head = '', ...rest] = path.split('.');
    const column = this.#store.dictionary.column(table, head);
    if (column === undefined) return column;
    if (column.reference === undefined) return undefined;
    const target = this.#store.find(column.reference, valueOf(row, head));
    return target === undefined ? undefined : this.#column(target.table, target.row, rest.join('.'));
  }

  /** A journal has no value of its own: its entries are shown as one text, the newest first. */
  #journal(row: Row, field: string, view: View): Shown {
    if (view.display === 'false' || field.includes('.')) return '';
    const label = field === 'work_notes' ? 'Work notes' : 'Additional comments';
    const text = this.#store
      .lookup('sys_journal_field', 'element_id', valueOf(row, 'sys_id'))
      .filter((entry) => valueOf(entry, 'element') === field)
      .toReversed()
      .map((entry) => {
        const at = toUserTime(valueOf(entry, 'sys_created_on'), view.user.timeZone);
        return `${at} - ${this.#personOf(entry)} (${label})\n${valueOf(entry, 'value')}\n\n`;
      })
      .join('');
    return view.display === 'all' ? { display_value: text, value: '' } : text;
  }

  #personOf(entry: Row): string {
    const userName = valueOf(entry, 'sys_created_by');
    return valueOf(this.#store.findBy('sys_user', 'user_name', userName) ?? {}, 'name') || userName;
  }

  #field(column: Column, stored: string, view: View): Shown {
    const value = column.type === 'password2' ? '' : stored;
    const link =
      column.reference !== undefined && value !== ''
        ? `${view.origin}/api/now/table/${column.reference}/${value}`
        : undefined;
    const withLink = link === undefined || view.excludeLink ? {} : { link };
    const display = view.display === 'false' ? '' : this.display(column, value, view.user.timeZone);
    if (view.display === 'all') return { display_value: display, value, ...withLink };
    if (view.display === 'true') {
      return link === undefined || view.excludeLink ? display : { display_value: display, link };
    }
    return link === undefined || view.excludeLink ? value : { link, value };
  }
}
