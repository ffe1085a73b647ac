import { expect, test } from 'vitest';
import { audited } from '../../bridge/http/audited.ts';
import { ProblemError } from '../../bridge/http/problem.ts';

type Entry = readonly [suffix: string, reason: string];

async function entriesOf(work: () => Promise<string>): Promise<{ entries: Entry[]; end: unknown }> {
  const entries: Entry[] = [];
  const write = async (suffix: string, reason: string): Promise<void> => void entries.push([suffix, reason]);
  const end = await audited(write, 'because', work, (result) => `It is ${result}.`).catch(
    (error: unknown) => error,
  );
  return { entries, end };
}

test('what is asked for is written down before it is done, and closed with its outcome', async () => {
  const { entries, end } = await entriesOf(async () => 'on');
  expect(entries).toEqual([
    ['', 'because'],
    [':done', 'It is on.'],
  ]);
  expect(end).toBe('on');
});

test.each([
  [new ProblemError('conflict', 'It is on already.'), [':refused', 'conflict: It is on already.']],
  [new Error('The disk is full.'), [':failed', 'The disk is full.']],
] as const)('what ends with "%s" is closed so, and thrown on', async (error, closing) => {
  const { entries, end } = await entriesOf(() => Promise.reject(error));
  expect(entries).toEqual([['', 'because'], closing]);
  expect(end).toBe(error);
});

const redisIsAway = (): Promise<void> => Promise.reject(new Error('Redis is away.'));

test('nothing is done where it cannot be written down first', async () => {
  let isDone = false;
  const work = async (): Promise<void> => void (isDone = true);
  await expect(audited(redisIsAway, 'because', work, () => '')).rejects.toThrow('Redis is away.');
  expect(isDone).toBe(false);
});
