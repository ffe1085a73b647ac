import { z } from 'zod';
import { sysIdSchema } from '../model/change.ts';
import { RequestRefused } from '../model/errors.ts';
import type { Answer, Call } from './exchange.ts';

/** Sends a call as the client does, and answers what ServiceNow accepted. */
export type Ask = {
  readonly read: <T>(call: Call, schema: z.ZodType<T>) => Promise<T>;
  readonly send: (call: Call) => Promise<Answer>;
};

/** What hangs on a change: its work notes and its attachments. Every method may throw as ServiceNow's client does. */
export class ServiceNowFiles {
  readonly #ask: Ask;

  constructor(ask: Ask) {
    this.#ask = ask;
  }

  /**
   * Whether the work notes of a change hold these words; `hidden` where the account may not read them (ServiceNow leaves
   * a column out that may not be read).
   */
  async workNotesHave(sysId: string, words: string): Promise<'there' | 'absent' | 'hidden'> {
    const params = new URLSearchParams({
      sysparm_fields: 'sys_id,work_notes',
      sysparm_display_value: 'true',
    });
    const path = `/api/now/table/change_request/${sysIdSchema.parse(sysId)}?${params.toString()}`;
    const schema = z.object({ result: z.object({ work_notes: z.string().optional() }) });
    const { result } = await this.#ask.read({ method: 'GET', path, sideEffect: false }, schema);
    if (result.work_notes === undefined) return 'hidden';
    return result.work_notes.includes(words) ? 'there' : 'absent';
  }

  /** Whether a file of this name is attached to a change. */
  async hasAttachment(sysId: string, fileName: string): Promise<boolean> {
    const params = new URLSearchParams({
      sysparm_query: `table_name=change_request^table_sys_id=${sysIdSchema.parse(sysId)}^file_name=${fileName}`,
      sysparm_limit: '10',
    });
    const path = `/api/now/attachment?${params.toString()}`;
    const schema = z.object({ result: z.array(z.looseObject({ file_name: z.string() })) });
    const { result } = await this.#ask.read({ method: 'GET', path, sideEffect: false }, schema);
    return result.some((each) => each.file_name === fileName);
  }

  /** The lines of the app's Health list; undefined where the app is not installed, or may not be read. */
  async appHealth(): Promise<readonly { name: string; status: string; detail: string }[] | undefined> {
    const path =
      '/api/now/table/x_chb_changebridge_health?sysparm_fields=name,status,detail&sysparm_limit=50';
    const line = z.object({ name: z.string(), status: z.string(), detail: z.string() });
    try {
      const schema = z.object({ result: z.array(line) });
      return (await this.#ask.read({ method: 'GET', path, sideEffect: false }, schema)).result;
    } catch (error) {
      if (error instanceof RequestRefused) return undefined;
      throw error;
    }
  }

  /** Attaches a JSON text as a file. Twice, it is there twice: look first. */
  async attach(sysId: string, fileName: string, json: string): Promise<void> {
    const params = new URLSearchParams({
      table_name: 'change_request',
      table_sys_id: sysIdSchema.parse(sysId),
      file_name: fileName,
    });
    const path = `/api/now/attachment/file?${params.toString()}`;
    await this.#ask.send({ method: 'POST', path, json: JSON.parse(json), sideEffect: true });
  }
}
