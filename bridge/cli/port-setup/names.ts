import type { PortalSettings } from '../../config.ts';
import type { Definition, Json } from './definition.ts';

/** How the files in `portal/` call things, and what they are called in this organisation. */
export type Names = ReadonlyMap<string, string>;

/** Members that name a definition. An `identifier` does so only at the top: deeper ones are of rules and widgets. */
const REFERENCES = new Set(['blueprintIdentifier', 'blueprint', 'target', 'actionIdentifier', 'action']);
/** Its members are called like blueprints. */
const BY_BLUEPRINT = 'blueprintConfig';

/**
 * The names that the settings give. With a prefix, for a trial: whatever does not begin with it gets it, but for the
 * services, which a trial shares with the rest of the organisation.
 */
export function namesFor(files: readonly string[], settings: PortalSettings, prefix: string): Names {
  const set = new Map([
    ['servicenowChangeRequest', settings.PORT_CHANGE_BLUEPRINT],
    ['approve_and_deploy_service', settings.PORT_APPROVE_ACTION],
    ['deployment', settings.PORT_DEPLOYMENT_BLUEPRINT],
    ['service', settings.PORT_SERVICE_BLUEPRINT],
  ]);
  return new Map(
    files.map((name) => {
      const called = set.get(name) ?? name;
      const isShared = name === 'service' || called.startsWith(prefix);
      return [name, isShared ? called : `${prefix}${called}`];
    }),
  );
}

/** The definition with every name as this organisation has it, and the names that it refers to. */
export function renamed(body: Definition, names: Names): { body: Definition; needs: string[] } {
  const needs = new Set<string>();
  const refer = (name: string): string => {
    const called = names.get(name);
    if (called !== undefined) needs.add(called);
    return called ?? name;
  };
  const inside = (value: Json, member: string): Json => {
    if (typeof value === 'string') return REFERENCES.has(member) ? refer(value) : value;
    if (Array.isArray(value)) return value.map((each) => inside(each, ''));
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).map(([name, each]): [string, Json] => [
      member === BY_BLUEPRINT ? refer(name) : name,
      inside(each, name),
    ]);
    return Object.fromEntries(members);
  };
  const members = Object.entries(body).map(([name, each]): [string, Json] => [name, inside(each, name)]);
  const { identifier, ...rest } = Object.fromEntries(members);
  if (typeof identifier !== 'string') return { body: rest, needs: [...needs] };
  const own = names.get(identifier) ?? identifier;
  needs.delete(own);
  return { body: { identifier: own, ...rest }, needs: [...needs] };
}
