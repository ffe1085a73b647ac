/** A selectable value of a choice field. */
export type Choice = { readonly value: string; readonly label: string };

/** One column of a table, as `sys_dictionary` describes it. */
export type Column = {
  readonly name: string;
  readonly label: string;
  /** The platform's internal type, such as `string`, `boolean`, `reference`, `glide_date_time`. */
  readonly type: string;
  readonly reference?: string;
  readonly choices?: readonly Choice[];
  readonly defaultValue?: string;
  readonly maxLength?: number;
  /** The database refuses a second row with the same value. */
  readonly unique?: boolean;
  readonly hint?: string;
};

/** One table, as `sys_db_object` describes it. */
export type Table = {
  readonly name: string;
  readonly label: string;
  readonly parent?: string;
  /** False: the Table API answers 403 for it, whoever calls. */
  readonly webService: boolean;
  readonly scope: string;
  readonly columns: Map<string, Column>;
  /** The column that stands for the record in lists and references. */
  readonly display?: string;
};

const SYSTEM_COLUMNS: readonly Column[] = [
  { name: 'sys_id', label: 'Sys ID', type: 'GUID' },
  { name: 'sys_created_on', label: 'Created', type: 'glide_date_time' },
  { name: 'sys_created_by', label: 'Created by', type: 'string' },
  { name: 'sys_updated_on', label: 'Updated', type: 'glide_date_time' },
  { name: 'sys_updated_by', label: 'Updated by', type: 'string' },
  { name: 'sys_mod_count', label: 'Updates', type: 'integer' },
  { name: 'sys_class_name', label: 'Class', type: 'sys_class_name' },
];

/** The tables and columns of the instance, with inheritance. */
export class Dictionary {
  readonly #tables = new Map<string, Table>();
  // What is read for every field of every record is worked out once, until a table or a column is added.
  readonly #lineages = new Map<string, Table[]>();
  readonly #descendants = new Map<string, string[]>();
  readonly #found = new Map<string, Map<string, Column | undefined>>();
  readonly #all = new Map<string, Column[]>();

  /** Adds a table; the system columns come by themselves. A second call with the same name replaces it. */
  addTable(table: Omit<Table, 'columns'>, columns: readonly Column[]): void {
    const own = table.parent === undefined ? [...SYSTEM_COLUMNS, ...columns] : columns;
    this.#forget();
    this.#tables.set(table.name, { ...table, columns: new Map(own.map((column) => [column.name, column])) });
  }

  /** Adds a column to an existing table; returns false when there is no such table. */
  addColumn(tableName: string, column: Column): boolean {
    const table = this.#tables.get(tableName);
    if (table === undefined) return false;
    table.columns.set(column.name, column);
    this.#forget();
    return true;
  }

  table(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  tables(): Table[] {
    return [...this.#tables.values()];
  }

  /** The table and those it extends, nearest first. */
  lineage(name: string): readonly Table[] {
    return remembered(this.#lineages, name, () => this.#ancestors(name));
  }

  #ancestors(name: string): Table[] {
    const found: Table[] = [];
    for (
      let table = this.#tables.get(name);
      table !== undefined;
      table = table.parent === undefined ? undefined : this.#tables.get(table.parent)
    ) {
      found.push(table);
    }
    return found;
  }

  /** The table and every table that extends it. */
  descendants(name: string): readonly string[] {
    return remembered(this.#descendants, name, () =>
      this.tables()
        .filter((table) => this.lineage(table.name).some((ancestor) => ancestor.name === name))
        .map((table) => table.name),
    );
  }

  /** A column of the table or of one it extends. */
  column(tableName: string, columnName: string): Column | undefined {
    const columns = remembered(this.#found, tableName, () => new Map<string, Column | undefined>());
    return remembered(columns, columnName, () => {
      const holder = this.lineage(tableName).find((table) => table.columns.has(columnName));
      return holder?.columns.get(columnName);
    });
  }

  /** Every column of the table, inherited ones included, in name order as the Table API lists them. */
  columns(tableName: string): readonly Column[] {
    return remembered(this.#all, tableName, () => {
      const merged = new Map<string, Column>();
      for (const table of this.lineage(tableName).toReversed()) {
        for (const column of table.columns.values()) merged.set(column.name, column);
      }
      return [...merged.values()].toSorted((a, b) => a.name.localeCompare(b.name));
    });
  }

  #forget(): void {
    for (const memory of [this.#lineages, this.#descendants, this.#found, this.#all]) memory.clear();
  }

  /** The column that names a record of this table. */
  displayColumn(tableName: string): string {
    for (const table of this.lineage(tableName)) {
      if (table.display !== undefined) return table.display;
    }
    const columns = this.columns(tableName).map((column) => column.name);
    return ['number', 'name', 'u_name'].find((name) => columns.includes(name)) ?? 'sys_id';
  }
}

function remembered<V>(memory: Map<string, V>, key: string, workOut: () => V): V {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const found = workOut();
  memory.set(key, found);
  return found;
}
