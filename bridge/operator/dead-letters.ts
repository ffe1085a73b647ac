import { Hono } from 'hono';
import { type Caller, requireRole } from '../http/auth.ts';
import type { DeadLetter } from '../ledger/dead-letters.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { sysIdSchema } from '../model/change.ts';
import type { OperatorContext } from './context.ts';
import { pageOf } from './page.ts';
import { type ChangeNames, presentDeadLetter } from './presenters/dead-letter.ts';

/** `/v1/dead-letters`: what was given up, newest first, with the change that it is about. */
export function deadLetterRoutes(operator: OperatorContext): Hono<Caller> {
  const { ledger } = operator;
  return new Hono<Caller>().get('/', requireRole(operator.doorkeeper, 'read'), async (c) => {
    const page = pageOf(c.req.query('cursor'), c.req.query('limit'));
    const all = await ledger.deadLetters.list();
    const letters = all.slice(page.offset, page.offset + page.limit);
    const shown = await Promise.all(
      letters.map(async (letter) => presentDeadLetter(letter, await changeOf(ledger, letter))),
    );
    return c.json({ dead_letters: shown, next: page.next(letters.length) });
  });
}

async function changeOf(ledger: Ledger, letter: DeadLetter): Promise<ChangeNames | undefined> {
  const sysId = await sysIdOf(ledger, letter);
  if (sysId === undefined) return undefined;
  const change = await ledger.changes.get(sysId);
  return { sysId, number: change?.record.fields.number };
}

/** The change that a given-up run is about, by what its flow's keys mean. */
async function sysIdOf(ledger: Ledger, { flow, key }: DeadLetter): Promise<string | undefined> {
  switch (flow) {
    case 'change-sync':
    case 'decision':
      return sysIdSchema.safeParse(key).data;
    case 'portal-approval':
      return (await ledger.approveRuns.get(key))?.sys_id;
    case 'gate':
      return (await ledger.gates.get(key))?.sys_id;
    case 'pipeline-trigger':
      return (await ledger.triggers.get(key))?.sys_id;
    case 'pipeline-result': {
      const [project = '', pipeline = ''] = key.split('/');
      const id = await ledger.triggers.ofPipeline(project, pipeline);
      return id === undefined ? undefined : (await ledger.triggers.get(id))?.sys_id;
    }
    default:
      return undefined;
  }
}
