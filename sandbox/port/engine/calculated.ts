import type { Blueprint, Entity, JsonObject } from '../state/model.ts';
import type { Organisation } from '../state/organisation.ts';
import { evaluate } from './template.ts';

/** The entity with its mirror and calculation properties, as it is shown; what yields nothing is left out. */
export async function shownEntity(org: Organisation, entity: Entity): Promise<Entity> {
  const blueprint = org.store.blueprints.get(entity.blueprint);
  if (blueprint === undefined) return entity;
  const mirrored = { ...entity, properties: { ...entity.properties, ...mirrors(org, blueprint, entity) } };
  const properties: JsonObject = { ...mirrored.properties };
  for (const [name, { calculation }] of Object.entries(blueprint.calculationProperties ?? {})) {
    const value = await evaluate(calculation, { ...mirrored });
    if (value !== null) properties[name] = value;
  }
  return { ...mirrored, properties };
}

function mirrors(org: Organisation, { mirrorProperties }: Blueprint, entity: Entity): JsonObject {
  const values = Object.entries(mirrorProperties ?? {}).map(([name, { path }]) => [
    name,
    follow(org, entity, path),
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** `relation.relation.property`: the property of the entity at the end of single relations. */
function follow(org: Organisation, from: Entity, path: string): unknown {
  const steps = path.split('.');
  const property = steps.pop() ?? '';
  let at: Entity | undefined = from;
  for (const step of steps) {
    const target: string | undefined = org.store.blueprints.get(at?.blueprint ?? '')?.relations?.[step]
      ?.target;
    const related: unknown = at?.relations[step];
    at = typeof related === 'string' ? org.store.entities.get(target ?? '')?.get(related) : undefined;
  }
  if (property === '$title') return at?.title;
  return property === '$identifier' ? at?.identifier : at?.properties[property];
}
