import { z } from 'zod';
import type { Claimable } from './claims.ts';
import { searchQuery } from './search.ts';

/** Entity identifiers as Port's API reference defines them. */
const ENTITY_IDENTIFIER = /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]+$/u;
const BLUEPRINT_IDENTIFIER = /^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/-]+$/u;
const ACTION_IDENTIFIER = /^(?!\.{1,2}$)[\p{L}0-9@_.+:=-]+$/u;

const jsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.infer<typeof jsonObject>;

/** What a client may send when it writes one entity; unknown keys at the top level are ignored, as Port does. */
export const entityInput = z.object({
  identifier: z.string().min(1).max(1000).regex(ENTITY_IDENTIFIER).optional(),
  title: z.string().optional(),
  icon: z.string().optional(),
  team: z.union([z.string(), z.array(z.string())]).optional(),
  properties: jsonObject.optional(),
  relations: z.record(z.string(), z.union([z.string(), z.array(z.string()), z.null()])).optional(),
});
export type EntityInput = z.infer<typeof entityInput>;

export const bulkInput = z.strictObject({ entities: z.array(entityInput).min(1).max(20) });
export const bulkDeleteInput = z.strictObject({ entities: z.array(z.string().min(1)).min(1).max(100) });

const relation = z.looseObject({
  target: z.string(),
  many: z.boolean().optional(),
  required: z.boolean().optional(),
});
const calculation = z.looseObject({ calculation: z.string(), title: z.string().optional() });
const mirror = z.looseObject({ path: z.string(), title: z.string().optional() });

/** A blueprint without its identifier, as PUT takes it. */
export const blueprintBody = z.looseObject({
  identifier: z.string().max(100).regex(BLUEPRINT_IDENTIFIER).optional(),
  title: z.string().min(1).max(100),
  description: z.string().max(200).optional(),
  icon: z.string().optional(),
  schema: z.strictObject({
    properties: z.record(z.string(), jsonObject),
    required: z.array(z.string()).optional(),
  }),
  relations: z.record(z.string(), relation).optional(),
  mirrorProperties: z.record(z.string(), mirror).optional(),
  calculationProperties: z.record(z.string(), calculation).optional(),
  aggregationProperties: z.record(z.string(), jsonObject).optional(),
});
export const blueprintInput = blueprintBody.extend({
  identifier: z.string().max(100).regex(BLUEPRINT_IDENTIFIER),
});
export const blueprintPatch = blueprintBody.partial();
export type BlueprintInput = z.infer<typeof blueprintInput>;

const jq = z.strictObject({ jqQuery: z.string() });
const userInputs = z.looseObject({
  properties: z.record(z.string(), jsonObject),
  required: z.union([z.array(z.string()), jq]).optional(),
  order: z.array(z.string()).optional(),
});

const selfService = z.looseObject({
  type: z.literal('self-service'),
  operation: z.enum(['CREATE', 'DAY-2', 'DELETE']),
  userInputs,
  blueprintIdentifier: z.string().optional(),
  /** Which entities the action is offered for. */
  condition: searchQuery.safeExtend({ type: z.literal('SEARCH') }).optional(),
});

const entityEvents = z.enum(['ENTITY_CREATED', 'ENTITY_UPDATED', 'ENTITY_DELETED', 'ANY_ENTITY_CHANGE']);
const runEvents = z.enum(['RUN_CREATED', 'RUN_UPDATED', 'ANY_RUN_CHANGE']);
const automation = z.strictObject({
  type: z.literal('automation'),
  event: z.union([
    z.strictObject({ type: entityEvents, blueprintIdentifier: z.string() }),
    z.strictObject({ type: runEvents, actionIdentifier: z.string() }),
  ]),
  condition: z
    .strictObject({
      type: z.literal('JQ'),
      expressions: z.array(z.string()).min(1),
      combinator: z.enum(['and', 'or']).default('and'),
    })
    .optional(),
});

const webhook = z.strictObject({
  type: z.literal('WEBHOOK'),
  url: z.string(),
  // A template counts as off: what it would yield is not worked out here.
  agent: z.union([z.boolean(), z.string()]).optional(),
  synchronized: z.boolean().optional(),
  method: z.enum(['POST', 'PUT', 'PATCH', 'DELETE']).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.union([jsonObject, z.array(z.unknown())]).optional(),
});
const gitlab = z.strictObject({
  type: z.literal('GITLAB'),
  projectName: z.string(),
  groupName: z.string(),
  defaultRef: z.string().optional(),
  pipelineVariables: jsonObject.optional(),
});
// Port keeps these and another worker carries them out; their runs wait for that worker.
const elsewhere = z.looseObject({ type: z.enum(['KAFKA', 'GITHUB', 'AZURE_DEVOPS']) });

/** A self-service action or an automation. */
export const actionInput = z.strictObject({
  identifier: z.string().regex(ACTION_IDENTIFIER),
  title: z.string().optional(),
  icon: z.string().optional(),
  description: z.string().optional(),
  trigger: z.discriminatedUnion('type', [selfService, automation]),
  invocationMethod: z.discriminatedUnion('type', [webhook, gitlab, elsewhere]),
  requiredApproval: z.union([z.boolean(), z.strictObject({ type: z.enum(['ANY', 'ALL']) })]).default(false),
  approvalNotification: jsonObject.optional(),
  publish: z.boolean().optional(),
  allowAnyoneToViewRuns: z.boolean().optional(),
});
export type ActionInput = z.infer<typeof actionInput>;
export type WebhookMethod = z.infer<typeof webhook>;
export type AutomationTrigger = z.infer<typeof automation>;

export const runInput = z.strictObject({ properties: jsonObject, entity: z.string().optional() });
export const runPatch = z.strictObject({
  status: z.enum(['SUCCESS', 'FAILURE']).optional(),
  statusLabel: z.string().optional(),
  link: z.union([z.string(), z.array(z.string())]).optional(),
  message: jsonObject.optional(),
  summary: z.string().optional(),
  externalRunId: z.string().optional(),
});
export type RunPatch = z.infer<typeof runPatch>;
export const logInput = z.strictObject({
  message: z.string(),
  terminationStatus: z.enum(['SUCCESS', 'FAILURE']).optional(),
  statusLabel: z.string().optional(),
});
export type LogInput = z.infer<typeof logInput>;
export const approvalInput = z.strictObject({
  status: z.enum(['APPROVE', 'DECLINE']),
  description: z.string().optional(),
});
export type ApprovalInput = z.infer<typeof approvalInput>;

/** Who wrote a record, and when (ISO 8601, UTC). The ids are user ids, never e-mail addresses. */
export interface Authorship {
  createdAt: string;
  createdBy: string;
  updatedAt: string;
  updatedBy: string;
}

export type Blueprint = BlueprintInput & Authorship;
export type Action = ActionInput & Authorship;

export interface Entity extends Authorship {
  identifier: string;
  title: string;
  icon: string | null;
  blueprint: string;
  team: string[];
  properties: JsonObject;
  relations: Record<string, string | string[] | null>;
}

export interface Reference {
  identifier: string;
  title: string | null;
  icon: string | null;
}

export type RunStatus = 'IN_PROGRESS' | 'SUCCESS' | 'FAILURE' | 'WAITING_FOR_APPROVAL' | 'DECLINED';

/** One execution of an action. Once `endedAt` is set the run is frozen. */
export interface Run extends Authorship, Claimable {
  id: string;
  status: RunStatus;
  action: Reference;
  blueprint?: Reference;
  entity?: Reference;
  source: 'UI' | 'API' | 'AUTOMATION';
  properties: JsonObject;
  requiredApproval: boolean | { type: 'ANY' | 'ALL' };
  approval?: { userId: string; state: 'APPROVED' | 'DECLINED'; description?: string };
  link: string[];
  statusLabel?: string;
  summary?: string;
  message?: JsonObject;
  externalRunId?: string;
  payload?: JsonObject;
  response?: JsonObject;
  impersonatedBy?: string;
  endedAt?: string;
}

export interface RunLog {
  id: string;
  runId: string;
  message: string;
  createdBy: string;
  createdAt: string;
  terminationStatus?: 'SUCCESS' | 'FAILURE';
}

/** A person of the organisation; `role` is what they do, and only shown. */
export interface User {
  id: string;
  email: string;
  firstName: string;
  lastName: string;
  role: string;
  /** What they may do in the portal; `Member` by default. */
  portRole?: 'Admin' | 'Member';
  teams?: readonly string[];
}

const people = {
  users: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional(),
  teams: z.array(z.string()).optional(),
};
/** Changes to who may run an action, and who may approve its runs; a list that is left out stays. */
export const permissionsInput = z.strictObject({
  execute: z
    .strictObject({ ...people, ownedByTeam: z.boolean().optional(), policy: z.null().optional() })
    .optional(),
  approve: z.strictObject({ ...people, policy: z.null().optional() }).optional(),
});
export type PermissionsInput = z.infer<typeof permissionsInput>;

export interface People {
  users: string[];
  roles: string[];
  teams: string[];
}
export interface Permissions {
  execute: People & { ownedByTeam: boolean };
  approve: People;
}

const level = z.looseObject({ title: z.string() });
const scorecardRule = z.looseObject({
  identifier: z.string(),
  level: z.string().optional(),
  query: z.looseObject({ conditions: z.array(z.looseObject({ property: z.string().optional() })) }),
});
/** A scorecard; it is kept, and nothing is computed by it. */
export const scorecardInput = z.looseObject({
  identifier: z.string(),
  title: z.string(),
  rules: z.array(scorecardRule),
  levels: z.array(level).optional(),
});
export type Scorecard = z.infer<typeof scorecardInput> & Authorship & { blueprint: string };

const layoutRow = z.looseObject({ columns: z.array(z.looseObject({ id: z.string(), size: z.number() })) });
const widget = z.looseObject({
  id: z.string(),
  blueprint: z.string().optional(),
  property: z.string().optional(),
  action: z.string().optional(),
  actions: z.array(z.looseObject({ action: z.string() })).optional(),
});
export const pageInput = z.looseObject({
  identifier: z.string(),
  title: z.string(),
  widgets: z.array(z.looseObject({ layout: z.array(layoutRow), widgets: z.array(widget) })).optional(),
});
export const pagePatch = pageInput.partial();
export type PageInput = z.infer<typeof pageInput>;
export type PagePatch = z.infer<typeof pagePatch>;
export type Page = PageInput & Authorship;

/** On whose behalf something happens. `id` is a user id, or the client id for a machine. */
export interface Actor {
  id: string;
  origin: 'UI' | 'API';
  impersonatedBy?: string;
}
