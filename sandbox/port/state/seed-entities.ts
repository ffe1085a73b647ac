import { createHash } from 'node:crypto';
import type { EntityInput } from './model.ts';

/**
 * As many entities of changes as asked for, for `servicenowChangeRequest`. Their identifiers are the same at every
 * start, and those of the changes with which the ServiceNow stand-in can be filled.
 */
export function* seededChanges(count: number): Generator<EntityInput> {
  for (let index = 0; index < count; index += 1) {
    yield {
      identifier: createHash('md5').update(`seeded change ${index}`).digest('hex'),
      title: `Seeded change ${index}`,
      properties: {
        number: `CHG${String(index + 1).padStart(7, '0')}`,
        approval: 'not requested',
        description: 'Deploys the service after its tests. '.repeat(50),
        isActive: true,
      },
    };
  }
}
