import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { z } from 'zod';
import { type Caller, requireRole } from '../http/auth.ts';
import type { DeadLetter } from '../ledger/dead-letters.ts';
import type { Replay } from '../ledger/replays.ts';
import type { ReplayEffect } from '../model/jobs.ts';
import { problem } from '../http/problem.ts';
import { readJson } from './body.ts';
import type { OperatorContext } from './context.ts';

const replaySchema = (flows: readonly string[]) =>
  z.object({
    flow: z.enum(flows).optional(),
    key: z.string().optional(),
    dry_run: z.boolean().default(true),
    /** The hash of the plan that is to be carried out. */
    plan: z.string().optional(),
    reason: z.string().min(3).max(500).optional(),
  });

type Item = {
  readonly flow: string;
  readonly key: string;
  readonly effect: ReplayEffect;
  readonly error: string;
};

/**
 * `POST /v1/replays`: first a plan (dry_run, the default) that tells what each dead letter's replay would do, then
 * the same with the plan's hash and a reason. A replay is another run of the flow: it goes through the ledger.
 */
export function replayRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger, clock, queues, config } = operator;
  const schema = replaySchema(operator.flows.map((flow) => flow.name));
  return new Hono<Caller>()
    .post('/', requireRole(config.OPERATOR_TOKENS, 'operate'), async (c) => {
      const body = await readJson(c, schema);
      if (body instanceof Response) return body;
      const letters = await ledger.deadLetters.list();
      const chosen = letters.filter(
        (letter) => (body.flow ?? letter.flow) === letter.flow && (body.key ?? letter.key) === letter.key,
      );
      const items = await Promise.all(chosen.map((letter) => plan(operator, letter)));
      const hash = hashOf(items);
      if (body.dry_run) return c.json({ plan: hash, count: items.length, items });
      if (body.reason === undefined) return problem('impossible', 'Say why, in reason.');
      if (body.plan !== hash) {
        return problem(
          'conflict',
          'The dead letters are not what the plan showed. Ask for a new plan and look at it.',
        );
      }
      const id = `replay-${hash.slice(0, 24)}`;
      const actor = c.get('operator').name;
      await ledger.audit.append({ at: clock(), actor, action: 'replay', subject: id, reason: body.reason });
      const due = items.filter((item) => item.effect !== 'unsafe');
      await ledger.replays.put(id, items, clock());
      // A letter goes when its run succeeds: whatever happens in between, it is not lost.
      for (const item of due) {
        const flow = operator.flows.find((each) => each.name === item.flow);
        await flow?.prepareReplay?.(ledger, item.key, clock());
        await ledger.deadLetters.revive(item.flow, item.key, clock());
        await queues.enqueue(item.flow, item.key);
      }
      return c.json({ id, replayed: due.length, items }, 202, { location: `/v1/replays/${id}` });
    })
    .get('/:id', requireRole(config.OPERATOR_TOKENS, 'read'), async (c) => {
      const replay = await ledger.replays.get(c.req.param('id'));
      if (replay === undefined) return problem('not-found', 'There is no replay with this id.');
      const letters = await ledger.deadLetters.list();
      const items = replay.items.map((item) => ({ ...item, outcome: outcomeOf(item, replay.at, letters) }));
      return c.json({ id: c.req.param('id'), at: new Date(replay.at).toISOString(), items });
    });
}

/** What has become of a replayed run: its letter is gone, is a newer one, or is still the one that was replayed. */
function outcomeOf(
  item: Replay['items'][number],
  replayedAt: number,
  letters: readonly DeadLetter[],
): 'done' | 'failed' | 'pending' | 'not_replayed' {
  if (item.effect === 'unsafe') return 'not_replayed';
  const letter = letters.find((each) => each.flow === item.flow && each.key === item.key);
  if (letter === undefined) return 'done';
  return letter.at >= replayedAt ? 'failed' : 'pending';
}

async function plan(operator: OperatorContext, letter: DeadLetter): Promise<Item> {
  return {
    flow: letter.flow,
    key: letter.key,
    effect: await effectOf(operator, letter),
    error: letter.message,
  };
}

async function effectOf(operator: OperatorContext, letter: DeadLetter): Promise<ReplayEffect> {
  const flow = operator.flows.find((each) => each.name === letter.flow);
  return flow?.replayEffect?.(operator.ledger, letter.key) ?? 'would_apply';
}

function hashOf(items: readonly Item[]): string {
  return createHash('sha256').update(JSON.stringify(items)).digest('hex');
}
