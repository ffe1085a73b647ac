import type { Choice, Column } from './dictionary.ts';

// The kinds of columns that the stock tables are made of.

export function choices(...pairs: [value: string, label: string][]): Choice[] {
  return pairs.map(([value, label]) => ({ value, label }));
}

export function text(name: string, label: string, maxLength = 255): Column {
  return { name, label, type: 'string', maxLength };
}

export function flag(name: string, label: string, defaultValue: 'true' | 'false'): Column {
  return { name, label, type: 'boolean', defaultValue };
}

export function ref(name: string, label: string, reference: string): Column {
  return { name, label, type: 'reference', reference };
}

export function date(name: string, label: string): Column {
  return { name, label, type: 'glide_date_time' };
}

export function journal(name: string, label: string): Column {
  return { name, label, type: 'journal_input' };
}

export function choice(
  name: string,
  label: string,
  type: 'string' | 'integer',
  list: Choice[],
  defaultValue = '',
): Column {
  return { name, label, type, choices: list, defaultValue };
}
