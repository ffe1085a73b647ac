import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { changeRecordSchema, field, nameOf, untoldFields } from '../../bridge/model/change.ts';

const ID = 'a'.repeat(32);
const BASE = { sys_id: ID, sys_mod_count: '3' };

test('references become their sys_id, nulls the empty value, numbers and booleans text', () => {
  const record = changeRecordSchema.parse({
    ...BASE,
    sys_mod_count: 3,
    business_service: { link: 'https://x/api', value: 'b'.repeat(32) },
    requested_by: { display_value: '', value: null },
    category: null,
    priority: 2,
    active: true,
    approval: '',
  });
  expect(record.sysId).toBe(ID);
  expect(record.version).toBe(3);
  expect(record.fields).toMatchObject({
    business_service: 'b'.repeat(32),
    requested_by: '',
    category: '',
    priority: '2',
    active: 'true',
    approval: '',
  });
});

test('unknown fields are kept; a field that was not told reads as empty and is known as untold', () => {
  const record = changeRecordSchema.parse({ ...BASE, u_risk: 'low', approval: '' });
  expect(record.fields['u_risk']).toBe('low');
  expect(field(record, 'approval')).toBe('');
  expect(field(record, 'number')).toBe('');
  expect(untoldFields(record, 'u_external_tags')).toContain('number');
  expect(untoldFields(record, 'u_external_tags')).toContain('u_external_tags');
  expect(untoldFields(record, 'u_external_tags')).not.toContain('approval');
});

test('people call a change by its number, or by its sys_id where that was not told', () => {
  expect(nameOf(changeRecordSchema.parse({ ...BASE, number: 'CHG0030001' }))).toBe('CHG0030001');
  expect(nameOf(changeRecordSchema.parse(BASE))).toBe(ID);
});

test.each([
  '',
  'A'.repeat(32),
  'a'.repeat(31),
  'a'.repeat(33),
  `${'a'.repeat(31)}/`,
  `../${'a'.repeat(29)}`,
  `${'a'.repeat(32)}\n`,
  `${'a'.repeat(30)}%2f`,
  'a'.repeat(29) + '^OR',
])('the sys_id %j is refused', (sysId) => {
  expect(changeRecordSchema.safeParse({ ...BASE, sys_id: sysId }).success).toBe(false);
});

test.each(['', '-1', '1.5', '1e3', 'x', null, ' 1', '9'.repeat(16)])(
  'the version %j is refused',
  (version) => {
    expect(changeRecordSchema.safeParse({ ...BASE, sys_mod_count: version }).success).toBe(false);
  },
);

test('a nested list or object that is no reference is refused, and not guessed at', () => {
  expect(changeRecordSchema.safeParse({ ...BASE, approval: ['approved'] }).success).toBe(false);
  expect(changeRecordSchema.safeParse({ ...BASE, approval: { value: { value: 'x' } } }).success).toBe(false);
  expect(changeRecordSchema.safeParse([BASE]).success).toBe(false);
});

test('names that mean something to JavaScript change nothing', () => {
  const hostile: unknown = JSON.parse(
    `{"sys_id":"${ID}","sys_mod_count":"1","__proto__":"x","constructor":"y","toString":"z"}`,
  );
  const record = changeRecordSchema.parse(hostile);
  expect(Object.getPrototypeOf(record.fields)).toBe(Object.prototype);
  expect(field(record, 'constructor')).toBe('y');
});

test('whatever JSON comes, it is a record with a proper sys_id or it is refused', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const result = changeRecordSchema.safeParse(value);
      return !result.success || /^[0-9a-f]{32}$/.test(result.data.sysId);
    }),
  );
});
