import { z } from 'zod';
import { changeFieldsSchema } from '../model/change-fields.ts';

const EXAMPLE = 'must be a JSON object such as {"assignment_group":"Change Management"}';

/** SERVICENOW_CHANGE_DEFAULTS: a JSON object, columns of change_request and their values. */
export const changeDefaultsSchema = z.string().transform((text, c): Record<string, string> => {
  const fields = changeFieldsSchema.safeParse(jsonOf(text));
  if (fields.success) return fields.data;
  for (const issue of fields.error.issues) {
    const [why = issue] = issue.code === 'invalid_key' ? issue.issues : [];
    const message = issue.path.length === 0 ? EXAMPLE : `${issue.path.join('.')}: ${why.message}`;
    c.addIssue({ code: 'custom', message });
  }
  return z.NEVER;
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
