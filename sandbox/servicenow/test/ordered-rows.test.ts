import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareByQuery, matchesQuery } from '../state/encoded-query.ts';
import { stockDictionary } from '../state/base-tables.ts';
import { Store } from '../state/store.ts';

const row = fc.record({
  sys_id: fc.constantFrom('a1', 'a2', 'b1', 'b2', 'c1', 'c2'),
  sys_updated_on: fc.constantFrom('2026-01-01 00:00:00', '2026-01-01 00:00:01', '2026-01-01 00:00:02', ''),
  category: fc.constantFrom('Other', 'other', 'DevOps', ''),
});
const QUERIES = [
  'sys_id>a2^ORDERBYsys_id',
  'sys_id>=b1^category=other^ORDERBYsys_id',
  'sys_updated_on>2026-01-01 00:00:00^NQsys_updated_on=2026-01-01 00:00:00^sys_id>a1^ORDERBYsys_updated_on^ORDERBYsys_id',
  'sys_updated_on>2026-01-01 00:00:01^ORsys_id=a1^ORDERBYsys_updated_on^ORDERBYsys_id',
  'category=OTHER^ORDERBYcategory^ORDERBYsys_id',
  'category>DevOps^NQcategory=devops^ORDERBYcategory^ORDERBYsys_id',
  'ORDERBYsys_id',
];

test('a query in the order of a key answers what a look at every row answers, whatever was written before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(row, fc.boolean()), { maxLength: 30 }), (writes) => {
      const store = new Store(stockDictionary());
      for (const [written, isDropped] of writes) {
        if (isDropped) store.drop('change_request', written.sys_id);
        else store.put('change_request', { ...written, sys_class_name: 'change_request' });
        for (const text of QUERIES) {
          const query = store.parse('change_request', text);
          const expected = store
            .all('change_request')
            .map((one) => store.reader('change_request', one))
            .filter((reader) => matchesQuery(query, reader))
            .toSorted((a, b) => compareByQuery(query, a, b))
            .map((reader) => reader.value('sys_id'));
          expect(store.query('change_request', query).map((one) => one['sys_id'])).toEqual(expected);
        }
      }
    }),
    { numRuns: 60 },
  );
});
