import { html } from 'hono/html';
import { shownEntity } from '../engine/calculated.ts';
import type { Action, Blueprint, Entity, JsonObject } from '../state/model.ts';
import { offeredFor } from '../state/offer.ts';
import type { Organisation } from '../state/organisation.ts';
import { mayExecute } from '../state/permissions.ts';
import { listEntities } from '../state/store.ts';
import { moment, pill, webLink, type Html } from './layout.ts';
import { runTable } from './runs.ts';

/** A longer table is shown without what is calculated: it would take minutes. */
const MOST_CALCULATED = 200;

/** The table of a blueprint's entities, one column for each property, and the actions on each. */
export async function catalogTable(org: Organisation, blueprint: Blueprint, visitor: string): Promise<Html> {
  const stored = listEntities(org.store, blueprint.identifier);
  const entities =
    stored.length > MOST_CALCULATED
      ? stored
      : await Promise.all(stored.map((entity) => shownEntity(org, entity)));
  const actions = actionsOn(org, blueprint.identifier);
  // Coloured values first: they are what a reader scans the table for.
  const columns = propertiesOf(blueprint).toSorted(
    ([, left], [, right]) => Number('enum' in right) - Number('enum' in left),
  );
  if (entities.length === 0) return html`<p class="empty">No ${blueprint.title} yet.</p>`;
  return html`<div class="card scroll">
    <table>
      <thead>
        <tr>
          <th>Title</th>
          ${actions.length > 0 ? html`<th>Actions</th>` : ''}
          ${columns.map(([name, schema]) => html`<th>${titleOf(name, schema)}</th>`)}
          <th>Identifier</th>
          <th>Last updated</th>
        </tr>
      </thead>
      <tbody>
        ${entities.toReversed().map(
          (entity) =>
            html`<tr data-entity="${entity.identifier}">
              <td><a href="${entityPath(entity)}">${entity.title}</a></td>
              ${actions.length > 0 ? html`<td>${actionLinks(org, actions, entity, visitor)}</td>` : ''}
              ${columns.map(
                ([name, schema]) =>
                  html`<td data-property="${name}">${propertyValue(schema, entity.properties[name])}</td>`,
              )}
              <td><code>${entity.identifier}</code></td>
              <td>${moment(entity.updatedAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** One entity with all its properties, the actions on it and their runs. */
export async function entityPage(
  org: Organisation,
  blueprint: Blueprint,
  stored: Entity,
  visitor: string,
): Promise<Html> {
  const entity = await shownEntity(org, stored);
  const runs = [...org.store.runs.values()].filter((run) => run.entity?.identifier === entity.identifier);
  return html`<section class="card">
      <p>${actionLinks(org, actionsOn(org, blueprint.identifier), entity, visitor)}</p>
      <dl>
        <dt>Identifier</dt>
        <dd><code>${entity.identifier}</code></dd>
        ${propertiesOf(blueprint).map(
          ([name, schema]) =>
            html`<dt>${titleOf(name, schema)}</dt>
              <dd data-property="${name}">${propertyValue(schema, entity.properties[name])}</dd>`,
        )}
        <dt>Last updated</dt>
        <dd>${moment(entity.updatedAt)}</dd>
      </dl>
    </section>
    <h2>Runs</h2>
    ${runTable(org, runs)}`;
}

/** Its own properties, those that it mirrors, and those that are calculated. */
function propertiesOf({
  schema,
  mirrorProperties,
  calculationProperties,
}: Blueprint): [string, JsonObject][] {
  return [schema.properties, mirrorProperties, calculationProperties].flatMap((each) =>
    Object.entries<JsonObject>(each ?? {}),
  );
}

export function entityPath(entity: { blueprint: string; identifier: string }): string {
  return `/catalog/${encodeURIComponent(entity.blueprint)}/${encodeURIComponent(entity.identifier)}`;
}

function actionsOn(org: Organisation, blueprint: string): Action[] {
  return [...org.store.actions.values()].filter(
    ({ trigger }) => trigger.type === 'self-service' && trigger.blueprintIdentifier === blueprint,
  );
}

/** The actions that are offered for the entity, to this person. */
function actionLinks(org: Organisation, actions: Action[], entity: Entity, visitor: string): Html[] {
  const offered = actions.filter(
    (action) => offeredFor(action, entity) && mayExecute(org, action, visitor, entity),
  );
  return offered.map(
    (action) =>
      html`<a
        class="button"
        href="/actions/${encodeURIComponent(action.identifier)}?entity=${encodeURIComponent(entity.identifier)}"
        >${action.title ?? action.identifier}</a
      >`,
  );
}

function propertyValue(schema: JsonObject, value: unknown): Html {
  if (value === undefined || value === null) return html`<span class="none">–</span>`;
  if (typeof value === 'boolean') return html`${value ? 'Yes' : 'No'}`;
  if (typeof value !== 'string') return html`<code>${JSON.stringify(value)}</code>`;
  if (schema['format'] === 'date-time') return moment(value);
  if (schema['format'] === 'url') return webLink(value);
  return Array.isArray(schema['enum']) ? pill(value, colorOf(schema, value)) : html`${value}`;
}

function colorOf(schema: JsonObject, value: string): string {
  const colors = schema['enumColors'];
  if (typeof colors !== 'object' || colors === null) return 'lightGray';
  const color: unknown = Object.entries(colors).find(([name]) => name === value)?.[1];
  return typeof color === 'string' ? color : 'lightGray';
}

export function titleOf(name: string, schema: JsonObject): string {
  return typeof schema['title'] === 'string' ? schema['title'] : name;
}
