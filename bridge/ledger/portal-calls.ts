import { z } from 'zod';
import { owedBy } from './owed.ts';
import type { Script, Store } from './store.ts';

/** How long (s) a call is known: a run that has ended takes no second end. */
const KEEP_SECONDS = 90 * 24 * 3600;

const callSchema = z.object({
  /**
   * What it told of: a change (`subject` is its sys_id), an approve or a deploy run (its id), some run of the approve
   * action, or nothing that can be read.
   */
  about: z.enum(['change', 'approval', 'approvals', 'deployment', 'nothing']),
  subject: z.string(),
  /** What was wrong with its body, where it told of nothing. */
  problem: z.string(),
  /** It is a run of a workflow's node, which has its own end; only a claim makes it one. */
  is_node: z.stringbool().default(false),
  created_at: z.coerce.number(),
});

/** A run of the portal that only told of something: an automation's, a workflow's, or one whose body made no sense. */
export type PortalCall = z.output<typeof callSchema> & { readonly runId: string };

const OWED = owedBy('portal-call');

function name(runId: string): string {
  return `portal-call:${runId}`;
}

/** The runs of the portal that wait for nothing but an answer. */
export class PortalCalls {
  readonly #store: Store;
  readonly #record: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#record = store.script('record-portal-call');
  }

  async get(runId: string): Promise<PortalCall | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(runId)));
    return hash.about === undefined ? undefined : { ...callSchema.parse(hash), runId };
  }

  /** Records the call once; false where it is known already. */
  async record(
    {
      runId,
      about,
      subject,
      problem = '',
      isNode = false,
    }: Pick<PortalCall, 'runId' | 'about' | 'subject'> & { problem?: string; isNode?: boolean },
    now: number,
  ): Promise<boolean> {
    const keys = { record: name(runId), owed: OWED };
    return (
      (await this.#record({
        ...keys,
        run_id: runId,
        about,
        subject,
        problem,
        is_node: isNode ? 1 : 0,
        now,
      })) === 1
    );
  }

  /** The run has its answer, or takes none. It is forgotten after 90 days. */
  async settle(runId: string): Promise<void> {
    await this.#store.redis
      .multi()
      .zrem(this.#store.key(OWED), runId)
      .expire(this.#store.key(name(runId)), KEEP_SECONDS)
      .exec();
  }
}
