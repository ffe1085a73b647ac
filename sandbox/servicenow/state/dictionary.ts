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
  readonly #descendants = new Map<string, string[]>();

  /** Adds a table; the system columns come by themselves. A second call with the same name replaces it. */
  addTable(table: Omit<Table, 'columns'>, columns: readonly Column[]): void {
    const own = table.parent === undefined ? [...SYSTEM_COLUMNS, ...columns] : columns;
    this.#descendants.clear();
    this.#tables.set(table.name, { ...table, columns: new Map(own.map((column) => [column.name, column])) });
  }

  /** Adds a column to an existing table; returns false when there is no such table. */
  addColumn(tableName: string, column: Column): boolean {
    const table = this.#tables.get(tableName);
    if (table === undefined) return false;
    table.columns.set(column.name, column);
    return true;
  }

  table(name: string): Table | undefined {
    return this.#tables.get(name);
  }

  tables(): Table[] {
    return [...this.#tables.values()];
  }

  /** The table and those it extends, nearest first. */
  lineage(name: string): Table[] {
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
  descendants(name: string): string[] {
    const known = this.#descendants.get(name);
    if (known !== undefined) return known;
    const found = this.tables()
      .filter((table) => this.lineage(table.name).some((ancestor) => ancestor.name === name))
      .map((table) => table.name);
    this.#descendants.set(name, found);
    return found;
  }

  /** A column of the table or of one it extends. */
  column(tableName: string, columnName: string): Column | undefined {
    for (const table of this.lineage(tableName)) {
      const column = table.columns.get(columnName);
      if (column !== undefined) return column;
    }
    return undefined;
  }

  /** Every column of the table, inherited ones included, in name order as the Table API lists them. */
  columns(tableName: string): Column[] {
    const merged = new Map<string, Column>();
    for (const table of this.lineage(tableName).toReversed()) {
      for (const column of table.columns.values()) merged.set(column.name, column);
    }
    return [...merged.values()].toSorted((a, b) => a.name.localeCompare(b.name));
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
