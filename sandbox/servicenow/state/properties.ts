import { createHash } from 'node:crypto';
import type { Records } from './records.ts';
import { type WriteRule, valueOf } from './row.ts';
import { SYSTEM } from './row.ts';

const ENCRYPTED = 'encrypted:';

/** System properties. Values of type `password2` are kept apart: the record shows only that one is set. */
export class Properties {
  readonly #records: Records;
  readonly #secrets = new Map<string, string>();

  constructor(records: Records) {
    this.#records = records;
    records.addRule(this.#encryption());
  }

  /** The value, decrypted when it is a password; undefined when the property does not exist or is empty. */
  get(name: string): string | undefined {
    const row = this.#records.store.findBy('sys_properties', 'name', name);
    if (row === undefined) return undefined;
    const value = valueOf(row, 'type') === 'password2' ? this.#secrets.get(name) : valueOf(row, 'value');
    return value === '' ? undefined : value;
  }

  /** Sets a property as an administrator would; creates it when it does not exist. */
  set(name: string, value: string): void {
    const row = this.#records.store.findBy('sys_properties', 'name', name);
    if (row === undefined) {
      this.#records.insert('sys_properties', { name, value, type: 'string' }, SYSTEM);
      return;
    }
    this.#records.update('sys_properties', valueOf(row, 'sys_id'), { value }, SYSTEM);
  }

  #encryption(): WriteRule {
    return {
      before: ({ table, operation, after }) => {
        if (table !== 'sys_properties' || operation === 'delete') return;
        const value = valueOf(after, 'value');
        if (valueOf(after, 'type') !== 'password2' || value.startsWith(ENCRYPTED)) return;
        this.#secrets.set(valueOf(after, 'name'), value);
        after['value'] =
          value === '' ? '' : ENCRYPTED + createHash('sha256').update(value).digest('hex').slice(0, 16);
      },
    };
  }
}
