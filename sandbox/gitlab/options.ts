import { z } from 'zod';

/** A person as GitLab shows it. */
export const userSchema = z.strictObject({
  id: z.int().positive(),
  username: z.string().min(1),
  name: z.string().min(1),
  email: z.email(),
});

/** One project and how its pipeline behaves. Every part can be changed while the stand-in runs. */
export const projectSchema = z.strictObject({
  id: z.int().positive(),
  /** `group/project`. */
  path: z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/, 'must look like group/project'),
  /** Branches and tags that exist; the first one is the default branch. */
  refs: z.array(z.string().min(1)).min(1).default(['main']),
  /** Default: the default branch alone is protected. */
  protectedRefs: z.array(z.string()).optional(),
  triggerTokens: z.array(z.string().min(1)),
  /** Percent that the test job measures, unless the trigger's body has a `coverage`. */
  coverage: z.number().min(0).max(100).default(80),
  threshold: z.number().min(0).max(100).default(70),
  /** How long each job works, in milliseconds. */
  stageMs: z.int().nonnegative().default(20),
  /** Projects created since GitLab 18 forbid `variables` in a trigger. */
  variablesAllowed: z.boolean().default(false),
  /** Names under `spec:inputs`; others are refused. */
  inputs: z.array(z.string()).default([]),
  /** `workflow:name`, with `$[[ inputs.x ]]` and `$VARIABLE` filled in. */
  workflowName: z.string().optional(),
  /** The environments that the YAML names; each has a deploy job of its own, the first is the default. */
  environments: z.array(z.string().min(1)).min(1).default(['production']),
  protectedEnvironments: z.array(z.string()).default([]),
  /** Whether an approved pipeline must claim its decision from the bridge before it deploys. */
  useClaim: z.boolean().default(true),
  /** The deploy job waits for a click on "play". */
  manualDeploy: z.boolean().default(false),
  deployFails: z.boolean().default(false),
  /** How the pipeline goes on after it asked for a gate: a new pipeline, its own manual job, or a job that waits. */
  mode: z.enum(['retrigger', 'play', 'wait']).default('retrigger'),
  /** `none`: no runner takes the jobs. They are run elsewhere, and told by the controls. */
  runner: z.enum(['own', 'none']).default('own'),
  /** The timeout of a job, in seconds. An id_token lives as long. */
  jobTimeoutSeconds: z.int().positive().default(3600),
  /** Whose account the pipelines run under. */
  user: userSchema.default({ id: 1, username: 'root', name: 'Administrator', email: 'admin@example.com' }),
  /** Pipelines a minute for one project, user and commit; GitLab.com has 25. Default: no limit. */
  pipelinesPerMinute: z.int().positive().optional(),
});

export type ProjectOptions = z.input<typeof projectSchema>;
export type Project = z.output<typeof projectSchema>;

/** What may be changed later: everything but the identity. */
export const projectChangeSchema = z
  .strictObject({
    coverage: z.number().min(0).max(100),
    threshold: z.number().min(0).max(100),
    stageMs: z.int().nonnegative(),
    variablesAllowed: z.boolean(),
    useClaim: z.boolean(),
    manualDeploy: z.boolean(),
    deployFails: z.boolean(),
    environments: z.array(z.string().min(1)).min(1),
    mode: z.enum(['retrigger', 'play', 'wait']),
    runner: z.enum(['own', 'none']),
    user: userSchema,
    pipelinesPerMinute: z.int().positive(),
  })
  .partial();

export type ProjectChange = z.output<typeof projectChangeSchema>;

export const hookSchema = z.strictObject({
  url: z.url(),
  /** Sent as it is in `X-Gitlab-Token`. */
  token: z.string().min(1).optional(),
  /** `whsec_` and Base64: signs by the Standard Webhooks scheme. */
  signingSecret: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]+=*$/)
    .optional(),
});

export type HookOptions = z.output<typeof hookSchema>;

export const bridgeSchema = z.strictObject({
  url: z.url(),
  /** The `aud` of the jobs' id_tokens; default: `url`. */
  audience: z.string().min(1).optional(),
  /** How long a job repeats a call that gets no answer that is final, in milliseconds. */
  retryForMs: z.int().nonnegative().default(30_000),
  /** The first pause between two tries, in milliseconds; it doubles up to 2 s. */
  retryDelayMs: z.int().positive().default(200),
});

export type BridgeOptions = z.input<typeof bridgeSchema>;
export type Bridge = z.output<typeof bridgeSchema>;

export type ApiToken = {
  token: string;
  scopes: readonly ('read_api' | 'api')[];
  /** Its last day, such as 2026-12-31. */
  expiresAt?: string;
};

export type GitLabOptions = {
  port?: number | undefined;
  host?: string | undefined;
  /** The URL that GitLab gives for itself (web_url, the id_tokens' issuer); default: where it listens. */
  publicUrl?: string | undefined;
  /** Milliseconds since 1970, for every time that GitLab states. Timers run on real time. */
  clock?: (() => number) | undefined;
  /** Delays every answer of the API, in milliseconds. */
  latencyMs?: number | undefined;
  projects: readonly ProjectOptions[];
  apiTokens?: readonly ApiToken[] | undefined;
  hook?: HookOptions | undefined;
  bridge?: BridgeOptions | undefined;
};
