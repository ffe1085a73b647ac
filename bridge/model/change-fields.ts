import { z } from 'zod';

/** What the bridge writes itself: a rule that set it would open a gate by itself, or hide it. */
const OWN_FIELDS = /^(approval|state|active|correlation_id|correlation_display|sys_.*)$/;
/** Fields of a change by column, as they are written to ServiceNow. */
export const changeFieldsSchema = z.record(
  z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,79}$/, 'must be a column name')
    .refine((name) => !OWN_FIELDS.test(name), 'is a field that the bridge writes itself'),
  z.string().max(4000),
);
