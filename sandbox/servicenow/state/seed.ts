import { createHash } from 'node:crypto';
import { SYSTEM } from './approvals.ts';
import type { Records } from './records.ts';
import { toPlatformTime } from './time.ts';

const DESCRIPTION = 'Deploys the service after its tests; the plan, the risk and the way back are below. ';
const DESCRIPTION_CHARACTERS = 2_000;

/**
 * Fills the instance with changes of about 3 kB each, the last one updated at `now` (epoch ms) and each one before
 * a second earlier. Their sys_ids are the same at every start. No rule sees them: nothing is announced.
 */
export function seedChanges(records: Records, count: number, now: number): void {
  const description = DESCRIPTION.repeat(30).slice(0, DESCRIPTION_CHARACTERS);
  for (let index = 0; index < count; index += 1) {
    const values = {
      sys_id: seededSysId(index),
      short_description: `Seeded change ${index}`,
      description,
      priority: String(1 + (index % 4)),
      category: 'DevOps',
      u_external_tags: `seed_${index}`,
    };
    const row = records.insert('change_request', values, SYSTEM, { withoutRules: true });
    const at = toPlatformTime(now - (count - index) * 1000);
    records.store.put('change_request', { ...row, sys_created_on: at, sys_updated_on: at });
  }
}

function seededSysId(index: number): string {
  return createHash('md5').update(`seeded change ${index}`).digest('hex');
}
