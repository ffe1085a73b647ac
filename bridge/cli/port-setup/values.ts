import type { PortalSettings } from '../../config.ts';
import { UsageError } from '../host.ts';
import { type Definition, definitionSchema } from './definition.ts';

/** What stands for `${NAME}` in the files. A text that is nothing else takes the value as it is. */
export type Values = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

const WHOLE = /"\$\{([A-Z0-9_]+)\}"/g;
const PART = /\$\{([A-Z0-9_]+)\}/g;

const isRole = (each: string): boolean => each.startsWith('role:');
const isUser = (each: string): boolean => !isRole(each) && each.includes('@');

/** Whom `PORT_APPROVERS` names; without it, the administrators. */
export function approversOf(listed: readonly string[]): {
  users: string[];
  roles: string[];
  teams: string[];
} {
  if (listed.length === 0) return { users: [], roles: ['Admin'], teams: [] };
  return {
    users: listed.filter(isUser),
    roles: listed.filter(isRole).map((each) => each.slice('role:'.length)),
    teams: listed.filter((each) => !isRole(each) && !isUser(each)),
  };
}

/** The project that GITLAB_TRIGGER_TOKENS has a token for by its path: the first, in two parts. */
export function gitlabProjectOf({
  GITLAB_TRIGGER_TOKENS: tokens,
}: Pick<PortalSettings, 'GITLAB_TRIGGER_TOKENS'>): { group: string; project: string } | undefined {
  const [, group, project] =
    tokens.map((each) => /^(.+)\/([^/:]+):/.exec(each)).find((found) => found !== null) ?? [];
  return group === undefined || project === undefined ? undefined : { group, project };
}

/** What the files are filled in with. Throws UsageError where the portal could not reach the bridge. */
export function valuesFrom(settings: PortalSettings): Values {
  if (settings.BRIDGE_PUBLIC_URL === undefined) {
    throw new UsageError('BRIDGE_PUBLIC_URL is missing: Port sends its calls to the bridge there.');
  }
  const { users, roles, teams } = approversOf(settings.PORT_APPROVERS);
  const gitlab = gitlabProjectOf(settings);
  return {
    BRIDGE_PUBLIC_URL: settings.BRIDGE_PUBLIC_URL,
    VIA_AGENT: settings.PORT_AGENT === 'poll',
    APPROVER_USERS: users,
    APPROVER_ROLES: roles,
    APPROVER_TEAMS: teams,
    GITLAB_GROUP: gitlab?.group,
    GITLAB_PROJECT: gitlab?.project,
    GITLAB_REF: settings.GITLAB_REF,
  };
}

/** The definition in a file, filled in. Undefined where a value is missing that it needs. */
export function filledIn(text: string, values: Values): Definition | undefined {
  const names = [...text.matchAll(PART)].map(([, name = '']) => name);
  if (names.some((name) => values[name] === undefined)) return undefined;
  const whole = text.replaceAll(WHOLE, (_all, name: string) => JSON.stringify(values[name]));
  const filled = whole.replaceAll(PART, (_all, name: string) =>
    JSON.stringify(String(values[name])).slice(1, -1),
  );
  return definitionSchema.parse(JSON.parse(filled));
}
