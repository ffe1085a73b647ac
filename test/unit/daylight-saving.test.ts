import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';

const SYS_ID = 'a'.repeat(32);

/** Asks in a process of its own, whose clock shows the time of that zone: where ServiceNow's text would be read as local. */
const QUESTION = `
const { whyHeld } = await import(process.argv[1] + '/bridge/model/standing.ts');
const { changeRecordSchema } = await import(process.argv[1] + '/bridge/model/change.ts');
const [start, end, ...moments] = process.argv.slice(2);
const record = changeRecordSchema.parse({
  sys_id: '${SYS_ID}', sys_mod_count: '1', sys_updated_on: start, start_date: start, end_date: end,
});
const at = (now) => whyHeld('approved', record, { now: Date.parse(now), window: 'honour' })?.reason ?? 'inside';
console.log(JSON.stringify(moments.map(at)));
`;

async function ask(zone: string, start: string, end: string, moments: readonly string[]): Promise<string[]> {
  const args = ['--input-type=module', '-e', QUESTION, process.cwd(), start, end, ...moments];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { PATH: process.env['PATH'], TZ: zone },
  });
  return z.array(z.string()).parse(JSON.parse(stdout));
}

/** So many ms after a time as ServiceNow keeps it. */
function moment(raw: string, plusMs: number): string {
  return new Date(Date.parse(`${raw.replace(' ', 'T')}Z`) + plusMs).toISOString();
}

test.each([
  ['UTC', 'forward', '2026-03-29 00:30:00', '2026-03-29 02:30:00'],
  ['Europe/Berlin', 'forward', '2026-03-29 00:30:00', '2026-03-29 02:30:00'],
  ['Europe/Berlin', 'back', '2026-10-25 00:30:00', '2026-10-25 02:30:00'],
  ['America/New_York', 'forward', '2026-03-08 06:30:00', '2026-03-08 08:30:00'],
  ['America/New_York', 'back', '2026-11-01 05:30:00', '2026-11-01 07:30:00'],
  ['Australia/Lord_Howe', 'back by half an hour', '2026-04-04 14:30:00', '2026-04-04 16:30:00'],
])(
  'in %s, in the night when clocks go %s, a window of two hours lasts two hours, in UTC',
  async (zone, _, start, end) => {
    const moments = [moment(start, -1_000), moment(start, 0), moment(end, 0), moment(end, 1_000)];
    const [before, atStart, atEnd, after] = await ask(zone, start, end, moments);
    expect(before).toContain(`begins at ${moment(start, 0)}`);
    expect([atStart, atEnd]).toEqual(['inside', 'inside']);
    expect(after).toContain(`ended at ${moment(end, 0)}`);
  },
);
