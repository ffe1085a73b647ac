import { z } from 'zod';
import { cellSchema } from '../model/cell.ts';
import { sysIdSchema } from '../model/change.ts';
import { RequestRefused } from '../model/errors.ts';
import { toIsoDate } from '../model/time.ts';
import type { Call } from './exchange.ts';
import { withoutMarkup } from './journal-text.ts';
import type { Ask } from './servicenow-files.ts';

/** A row of sysapproval_approver. */
export type ApproverRow = {
  readonly sysId: string;
  readonly state: string;
  /** The approver's user name, full name and e-mail address; each `''` where ServiceNow does not tell it. */
  readonly name: string;
  readonly fullName: string;
  readonly email: string;
  /** The newest comment on the row, on one line; `''` where there is none, or it may not be read. */
  readonly words: string;
  /** When it changed last, epoch ms; NaN where ServiceNow does not tell. */
  readonly changedAt: number;
};

/** A comment on a change: whose (user name), when (epoch ms), and what it says, on one line. */
export type Comment = { readonly by: string; readonly at: number; readonly words: string };

/** A value and how a person reads it; a journal has nothing but the latter. */
const shownSchema = z.looseObject({ display_value: z.string().nullish() });
const rowsAnswer = z.object({
  result: z.array(
    z.object({
      sys_id: cellSchema.pipe(sysIdSchema),
      state: cellSchema,
      sys_updated_on: cellSchema.default(''),
      comments: shownSchema.optional().catch(undefined),
      'approver.user_name': cellSchema.default(''),
      'approver.name': cellSchema.default(''),
      'approver.email': cellSchema.default(''),
    }),
  ),
});
const journalAnswer = z.object({
  result: z.array(
    z.object({
      value: cellSchema.default(''),
      sys_created_by: cellSchema.default(''),
      sys_created_on: cellSchema.default(''),
    }),
  ),
});

const ROWS_READ = 200;
const COMMENTS_READ = 20;

/**
 * Who is asked to approve a change, and what they said. Every method may throw as ServiceNow's client does; `quote`
 * cleans what people wrote there.
 */
export class ServiceNowApprovals {
  readonly #ask: Ask;
  readonly #quote: (words: string) => string;

  constructor(ask: Ask, quote: (words: string) => string) {
    this.#ask = ask;
    this.#quote = quote;
  }

  /** The approver rows of a change, the one that changed last first. */
  async rows(sysId: string): Promise<ApproverRow[]> {
    const params = new URLSearchParams({
      sysparm_query: `sysapproval=${sysIdSchema.parse(sysId)}^ORDERBYDESCsys_updated_on`,
      sysparm_fields: 'sys_id,state,comments,sys_updated_on,approver.user_name,approver.name,approver.email',
      // Only so a journal shows what was written.
      sysparm_display_value: 'all',
      sysparm_limit: String(ROWS_READ),
    });
    const path = `/api/now/table/sysapproval_approver?${params.toString()}`;
    const { result } = await this.#ask.read({ method: 'GET', path, sideEffect: false }, rowsAnswer);
    return result.map((row) => ({
      sysId: row.sys_id,
      state: row.state,
      name: row['approver.user_name'],
      fullName: row['approver.name'],
      email: row['approver.email'],
      words: this.#line(newestOf(row.comments?.display_value ?? '')),
      changedAt: toEpochMs(row.sys_updated_on),
    }));
  }

  /** The comments on a change itself, newest first; none where the account may not read journals. */
  async commentsOn(sysId: string): Promise<Comment[]> {
    const params = new URLSearchParams({
      sysparm_query: `element_id=${sysIdSchema.parse(sysId)}^element=comments^ORDERBYDESCsys_created_on`,
      sysparm_fields: 'value,sys_created_by,sys_created_on',
      sysparm_limit: String(COMMENTS_READ),
    });
    const path = `/api/now/table/sys_journal_field?${params.toString()}`;
    try {
      const { result } = await this.#ask.read({ method: 'GET', path, sideEffect: false }, journalAnswer);
      return result.map((each) => ({
        by: each.sys_created_by,
        at: toEpochMs(each.sys_created_on),
        words: this.#line(each.value),
      }));
    } catch (error) {
      if (error instanceof RequestRefused) return [];
      throw error;
    }
  }

  /** Sets the state of one row; answers the state that ServiceNow kept. */
  async decide(
    rowSysId: string,
    state: 'approved' | 'rejected' | 'not_required',
    comments: string,
  ): Promise<string> {
    const path = `/api/now/table/sysapproval_approver/${sysIdSchema.parse(rowSysId)}?sysparm_fields=sys_id,state`;
    const call: Call = {
      method: 'PATCH',
      path,
      json: { state, comments: withoutMarkup(comments) },
      sideEffect: true,
    };
    const schema = z.object({ result: z.object({ state: cellSchema }) });
    return (await this.#ask.read(call, schema)).result.state;
  }

  /** Records a decision through the Change Management API, as the calling user. */
  async decideAsCaller(sysId: string, state: 'approved' | 'rejected', comments: string): Promise<void> {
    const path = `/api/sn_chg_rest/change/${sysIdSchema.parse(sysId)}/approvals`;
    await this.#ask.send({
      method: 'PATCH',
      path,
      json: { state, comments: withoutMarkup(comments) },
      sideEffect: true,
    });
  }

  #line(words: string): string {
    return words === '' ? '' : this.#quote(words);
  }
}

function toEpochMs(raw: string): number {
  return Date.parse(toIsoDate(raw) ?? '');
}

/**
 * The newest entry of a journal as it is shown: each entry has a line of its own before it, "when - who (label)", and an
 * empty line behind it.
 */
export function newestOf(shown: string): string {
  const lines = shown.split(/\r?\n/);
  const header = /^\S.* - .+ (\([^()]+\))$/.exec(lines[0] ?? '');
  if (header === null) return shown.trim();
  const next = lines.findIndex(
    (line, at) => at > 1 && lines[at - 1] === '' && line.endsWith(` ${header[1]}`) && line.includes(' - '),
  );
  return lines
    .slice(1, next === -1 ? undefined : next)
    .join('\n')
    .trim();
}
