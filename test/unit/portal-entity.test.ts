import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { Ajv } from 'ajv';
import { z } from 'zod';
import { expect, test } from 'vitest';
import { fingerprintOf, toEntity } from '../../bridge/flows/shared/portal-entity.ts';
import { FURTHER_PROPERTIES, type PortalShape } from '../../bridge/flows/shared/portal-shape.ts';
import { toIsoDate } from '../../bridge/model/time.ts';
import { changeRecordSchema } from '../../bridge/model/change.ts';

const ID = '0123456789abcdef0123456789abcdef';
const TAGS = 'u_external_tags';

function entity(fields: Readonly<Record<string, string>> = {}) {
  return entityIn({ further: [], service: false }, fields);
}

function entityIn(shape: PortalShape, fields: Readonly<Record<string, string>>) {
  const record = changeRecordSchema.parse({ sys_id: ID, sys_mod_count: '1', ...fields });
  return toEntity(record, { tagsField: TAGS, shape, url: 'https://example.service-now.com/change' });
}

const blueprint = z
  .looseObject({
    identifier: z.string(),
    schema: z.looseObject({ properties: z.record(z.string(), z.looseObject({})) }),
  })
  .parse(
    JSON.parse(
      readFileSync(new URL('../../portal/blueprints/servicenowChangeRequest.json', import.meta.url), 'utf8'),
    ),
  );

test('every field of a change has its place in the entity', () => {
  const given = {
    number: 'CHG0030001',
    short_description: 'Deploy checkout',
    description: 'Coverage 65 %',
    active: 'true',
    priority: '2',
    state: '-2',
    sys_created_on: '2026-11-21 09:00:00',
    sys_created_by: 'ci',
    business_service: 'b'.repeat(32),
    category: 'Software',
    approval: 'requested',
    [TAGS]: 'deploy_run:r_1',
  };
  expect(entity(given)).toEqual({
    identifier: ID,
    title: 'Deploy checkout',
    properties: {
      number: 'CHG0030001',
      description: 'Coverage 65 %',
      isActive: true,
      priority: '2',
      state: '-2',
      createdOn: '2026-11-21T09:00:00.000Z',
      createdBy: 'ci',
      service: 'b'.repeat(32),
      category: 'Software',
      approval: 'requested',
      externalTags: 'deploy_run:r_1',
    },
  });
});

test.each([
  ['approved', 'approved'],
  ['rejected', 'rejected'],
  ['not requested', 'not requested'],
  ['', 'not requested'],
  ['cancelled', null],
  ['not_required', null],
  ['duplicate', null],
  ['Approved', null],
])('the approval %j is shown as %j: outside the enum it costs only itself', (raw, shown) => {
  expect(entity({ approval: raw, state: '3' }).properties).toMatchObject({ approval: shown, state: '3' });
});

test.each([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
  ['', false],
])('active %j is the boolean %j', (raw, shown) => {
  expect(entity({ active: raw }).properties['isActive']).toBe(shown);
});

test.each([
  ['2026-11-21 10:00:00', '2026-11-21T10:00:00.000Z'],
  ['2026-02-28 23:59:59', '2026-02-28T23:59:59.000Z'],
  ['2026-13-01 00:00:00', null],
  ['', null],
  ['21.11.2026 10:00', null],
  ['2026-11-21T10:00:00Z', null],
])('the raw date %j is %j', (raw, iso) => expect(toIsoDate(raw)).toBe(iso));

test('a change without a short description is titled by its number', () => {
  expect(entity({ number: 'CHG1' }).title).toBe('CHG1');
  expect(entity().title).toBe(ID);
});

test('the fingerprint changes with any property and with nothing else', () => {
  expect(fingerprintOf(entity({ state: '1' }))).toBe(fingerprintOf(entity({ state: '1', u_other: 'x' })));
  expect(fingerprintOf(entity({ state: '1' }))).not.toBe(fingerprintOf(entity({ state: '2' })));
});

test('whatever a change says, the entity fits the shipped blueprint', () => {
  const ajv = new Ajv({ strict: false, formats: { 'date-time': (text) => !Number.isNaN(Date.parse(text)) } });
  const { properties } = blueprint.schema;
  // The portal lets null clear any property.
  const nullable = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, { anyOf: [schema, { type: 'null' }] }]),
  );
  const fits = ajv.compile({ type: 'object', properties: nullable, additionalProperties: false });
  const names = ['approval', 'active', 'sys_created_on', 'state', 'priority', 'number', TAGS];
  const fields = fc.dictionary(fc.constantFrom(...names), fc.string());
  fc.assert(
    fc.property(fields, (given) => {
      expect(fits(entity(given).properties), JSON.stringify(fits.errors)).toBe(true);
    }),
  );
});

const FULL: PortalShape = { further: [...FURTHER_PROPERTIES.keys()], service: true };

test('what a blueprint declares beyond the usual is told in its own form', () => {
  const told = {
    on_hold: 'true',
    start_date: '2026-11-25 22:00:00',
    end_date: '',
    type: 'normal',
    risk: '3',
  };
  expect(entityIn(FULL, told).properties).toMatchObject({
    onHold: true,
    plannedStart: '2026-11-25T22:00:00.000Z',
    plannedEnd: null,
    type: 'normal',
    risk: '3',
    url: 'https://example.service-now.com/change',
  });
});

test('a column that was not told is left out, so the portal keeps what it shows', () => {
  expect(Object.keys(entityIn(FULL, {}).properties)).not.toContain('onHold');
  expect(
    Object.keys(entityIn({ further: ['risk'], service: false }, { risk: '1', type: 'normal' }).properties),
  ).toEqual([...Object.keys(entity().properties), 'risk']);
});

test('a blueprint that declares more changes the fingerprint of those alone that have more to show', () => {
  const bare: PortalShape = { further: ['onHold', 'plannedStart'], service: false };
  expect(fingerprintOf(entityIn(bare, { on_hold: 'false', start_date: '' }))).toBe(fingerprintOf(entity()));
  expect(fingerprintOf(entityIn(bare, { on_hold: 'true', start_date: '' }))).not.toBe(
    fingerprintOf(entity()),
  );
});
