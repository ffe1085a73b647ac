import * as fc from 'fast-check';
import { PROJECT, type Stage } from '../../stage/stage.ts';
import { sendEvent } from '../e2e/wire.ts';

type ValueOf<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** What people do to a change in ServiceNow. */
const OPERATIONS = ['approve', 'reject', 'request', 'edit', 'prioritise', 'cancel', 'delete'] as const;
type Operation = (typeof OPERATIONS)[number];

/** One thing that happens, and how its news travels: `delay` steps late, in `copies`, in some order. */
const stepArbitrary = fc.record({
  change: fc.nat({ max: 2 }),
  operation: fc.oneof(
    {
      weight: 12,
      arbitrary: fc.constantFrom<Operation>('approve', 'reject', 'request', 'edit', 'prioritise'),
    },
    { weight: 1, arbitrary: fc.constantFrom<Operation>('cancel', 'delete') },
  ),
  delay: fc.oneof(fc.constant(0), fc.nat({ max: 8 })),
  copies: fc.integer({ min: 1, max: 3 }),
  order: fc.nat({ max: 1000 }),
  /** Whether the bridge gets time to work before the next step. */
  rest: fc.boolean(),
});
export type Step = ValueOf<typeof stepArbitrary>;

/** Several changes' histories, interleaved, and a fault that strikes on the way. */
export const storyArbitrary = fc.record({
  steps: fc.array(stepArbitrary, { minLength: 1, maxLength: 14 }),
  fault: fc.constantFrom('none', 'none', 'answer of GitLab lost', 'portal failing'),
});
export type Story = ValueOf<typeof storyArbitrary>;

type Version = { readonly version: number; readonly approval: string };

/** A change with all the versions that it ever had. */
export type Told = { readonly sysId: string; readonly versions: Version[]; deleted: boolean };

type News = { readonly due: number; readonly step: Step; readonly event: string; readonly record: object };

/** Plays a story: ServiceNow really changes, and its news are delivered late, repeated and out of order. */
export async function play(stage: Stage, story: Story, breathe: () => Promise<void>): Promise<Told[]> {
  const changes = [0, 1, 2].map(() => created(stage));
  const firstNews = changes.map((change) => newsOf(stage, change, firstStep(story), -1, 'change.created'));
  let waiting: News[] = firstNews.filter((news) => news !== undefined);
  for (const [index, step] of story.steps.entries()) {
    const change = changes[step.change];
    const event = step.operation === 'delete' ? 'change.deleted' : 'change.updated';
    const news = change === undefined ? undefined : happen(stage, change, step, index, event);
    if (news !== undefined) waiting.push(news);
    const due = waiting.filter((each) => each.due <= index);
    waiting = waiting.filter((each) => each.due > index);
    await deliver(stage, due);
    if (step.rest) await breathe();
  }
  await deliver(stage, waiting);
  return changes;
}

function firstStep(story: Story): Step {
  const [first] = story.steps;
  if (first === undefined) throw new Error('A story has at least one step.');
  return { ...first, operation: 'edit' };
}

function created(stage: Stage): Told {
  const row = stage.servicenow.createChange({
    short_description: 'As it was opened',
    u_external_tags: `gitlab_project:${PROJECT}`,
  });
  return { sysId: row['sys_id'] ?? '', versions: [{ version: 0, approval: 'requested' }], deleted: false };
}

/** Does it in ServiceNow; undefined where nothing changed. */
function happen(stage: Stage, change: Told, step: Step, index: number, event: string): News | undefined {
  if (change.deleted) return undefined;
  const news = newsOf(stage, change, step, index, event);
  if (step.operation === 'delete') {
    stage.servicenow.deleteChange(change.sysId);
    change.deleted = true;
    return news;
  }
  const before = stage.servicenow.change(change.sysId)?.['sys_mod_count'];
  stage.servicenow.updateChange(change.sysId, valuesOf(step.operation, index), 'ann');
  const row = stage.servicenow.change(change.sysId);
  if (row === undefined || row['sys_mod_count'] === before) return undefined;
  change.versions.push({ version: Number(row['sys_mod_count']), approval: row['approval'] ?? '' });
  return newsOf(stage, change, step, index, event);
}

function newsOf(stage: Stage, change: Told, step: Step, index: number, event: string): News | undefined {
  const record = stage.servicenow.change(change.sysId);
  return record === undefined ? undefined : { due: index + step.delay, step, event, record: { ...record } };
}

function valuesOf(operation: Operation, index: number): Record<string, string> {
  switch (operation) {
    case 'approve':
      return { approval: 'approved' };
    case 'reject':
      return { approval: 'rejected' };
    case 'request':
      return { approval: 'requested' };
    case 'prioritise':
      return { priority: String((index % 4) + 1) };
    case 'cancel':
      return { state: '4' };
    default:
      return { short_description: `Edited in step ${index}` };
  }
}

async function deliver(stage: Stage, news: readonly News[]): Promise<void> {
  const sent = news
    .toSorted((a, b) => a.step.order - b.step.order)
    .map(async ({ step, event, record }) => {
      const id = `msg_${crypto.randomUUID()}`;
      for (let copy = 0; copy < step.copies; copy += 1) {
        const answer = await sendEvent(stage, record, { event, id });
        if (answer.status !== 202) throw new Error(`The event was answered with ${answer.status}.`);
      }
    });
  await Promise.all(sent);
}

/** The stretches of versions with one decision, oldest first: each is one decision that somebody made. */
export function decisionsIn(versions: readonly Version[]): { from: number; to: number; approval: string }[] {
  const stretches: { from: number; to: number; approval: string }[] = [];
  for (const { version, approval } of versions) {
    const last = stretches.at(-1);
    if (last?.approval === approval) last.to = version;
    else stretches.push({ from: version, to: version, approval });
  }
  return stretches.filter((each) => each.approval === 'approved' || each.approval === 'rejected');
}
