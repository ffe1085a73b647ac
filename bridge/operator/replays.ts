import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { z } from 'zod';
import { type Caller, requireRole } from '../http/auth.ts';
import { ProblemError } from '../http/problem.ts';
import type { DeadLetter } from '../ledger/dead-letters.ts';
import type { ReplayEffect } from '../model/jobs.ts';
import { audited } from './audit.ts';
import type { OperatorContext } from './context.ts';
import { presentReplay } from './presenters/replay.ts';
import { reasonSchema } from './reason.ts';

const replaySchema = (flows: readonly string[]) =>
  z.object({
    flow: z.enum(flows).optional(),
    key: z.string().optional(),
    dry_run: z.boolean().default(true),
    /** The hash of the plan that is to be carried out. */
    plan: z.string().optional(),
    reason: reasonSchema.optional(),
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
  const { ledger, doorkeeper } = operator;
  const schema = replaySchema(operator.flows.map((flow) => flow.name));
  return new Hono<Caller>()
    .post('/', requireRole(doorkeeper, 'operate'), async (c) => {
      const body = await operator.bodies.parse(c, schema);
      const letters = await ledger.deadLetters.list();
      const chosen = letters.filter(
        (letter) => (body.flow ?? letter.flow) === letter.flow && (body.key ?? letter.key) === letter.key,
      );
      const items = await Promise.all(chosen.map((letter) => plan(operator, letter)));
      const hash = hashOf(items);
      if (body.dry_run) return c.json({ plan: hash, count: items.length, items });
      if (body.reason === undefined) throw new ProblemError('impossible', 'Say why, in reason.');
      if (body.plan !== hash) {
        throw new ProblemError(
          'conflict',
          'The dead letters are not what the plan showed. Ask for a new plan and look at it.',
        );
      }
      const id = `replay-${hash.slice(0, 24)}`;
      const due = items.filter((item) => item.effect !== 'unsafe');
      const fact = { action: 'replay', subject: id, reason: body.reason };
      const outcome = `${due.length} of ${items.length} run again.`;
      await audited(
        operator,
        c,
        fact,
        () => runAgain(operator, id, items, due),
        () => outcome,
      );
      return c.json({ id, replayed: due.length, items }, 202, { location: `/v1/replays/${id}` });
    })
    .get('/:id', requireRole(doorkeeper, 'read'), async (c) => {
      const id = c.req.param('id');
      const replay = await ledger.replays.get(id);
      if (replay === undefined) throw new ProblemError('not-found', 'There is no replay with this id.');
      return c.json(presentReplay(id, replay, await ledger.deadLetters.list()));
    });
}

/** A letter goes when its run succeeds: whatever happens in between, it is not lost. */
async function runAgain(
  { ledger, clock, queues, flows }: OperatorContext,
  id: string,
  items: Item[],
  due: readonly Item[],
): Promise<void> {
  await ledger.replays.put(id, items, clock());
  for (const item of due) {
    const flow = flows.find((each) => each.name === item.flow);
    await flow?.prepareReplay?.(ledger, item.key, clock());
    await ledger.deadLetters.revive(item.flow, item.key, clock());
    await queues.enqueue(item.flow, item.key);
  }
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
