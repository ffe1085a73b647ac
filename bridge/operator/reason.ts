import { z } from 'zod';

/** Why an operator does something: kept in the audit log. */
export const reasonSchema = z.string().min(3).max(500);
