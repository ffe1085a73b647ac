import { z } from 'zod';

const scalar = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? '' : String(value)));

/**
 * A cell of a ServiceNow record as its raw value: a bare one, a reference `{link, value}`, or the pair
 * `{value, display_value}` of the Change Management API. Empty is `''`.
 */
export const cellSchema = z.union([
  scalar,
  z.looseObject({ value: scalar }).transform((reference) => reference.value),
]);

/** A record's cells by column; the Change Management API adds `__meta`, which is no column. */
export const cellsSchema = z
  .looseObject({ __meta: z.unknown().optional() })
  .transform(({ __meta: _meta, ...columns }) => columns)
  .pipe(z.record(z.string(), cellSchema));
