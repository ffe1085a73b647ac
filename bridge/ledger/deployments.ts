import { z } from 'zod';
import { owedBy } from './owed.ts';
import type { Script, Store } from './store.ts';

const factsSchema = z.object({
  service: z.string().optional(),
  environment: z.string().optional(),
  status: z.enum(['success', 'failed']).optional(),
  job_url: z.string().optional(),
  image_tag: z.string().optional(),
  /** The sys_id of the change that it was approved by. */
  change: z.string().optional(),
  /** What the token proved. */
  commit_sha: z.string().optional(),
  pipeline: z.string(),
  user: z.string().optional(),
  /** When (ISO) its end was told. */
  ended_at: z.string().optional(),
});
/** What a pipeline reported of a deployment. */
export type DeploymentFacts = z.output<typeof factsSchema>;

const deploymentSchema = z.object({
  project: z.string(),
  facts: z.string().transform((text) => factsSchema.parse(JSON.parse(text))),
  /** Grows with each report. */
  revision: z.coerce.number(),
});
export type Deployment = z.output<typeof deploymentSchema> & { readonly identifier: string };

const OWED = owedBy('deployment');

function name(identifier: string): string {
  return `deployment:${identifier}`;
}

/** The deployments that pipelines reported, and that the portal is to show. */
export class Deployments {
  readonly #store: Store;
  readonly #report: Script;
  readonly #settle: Script;

  constructor(store: Store) {
    this.#store = store;
    this.#report = store.script('report-deployment');
    this.#settle = store.script('settle-deployment');
  }

  async get(identifier: string): Promise<Deployment | undefined> {
    const hash = await this.#store.redis.hgetall(this.#store.key(name(identifier)));
    return hash.project === undefined ? undefined : { ...deploymentSchema.parse(hash), identifier };
  }

  /** Keeps what was reported. False where the deployment is another project's: then nothing is kept. */
  async report(identifier: string, project: string, facts: DeploymentFacts, now: number): Promise<boolean> {
    const keys = { record: name(identifier), owed: OWED };
    return (await this.#report({ ...keys, identifier, project, facts: JSON.stringify(facts), now })) === 1;
  }

  /** The portal shows this revision. False where something newer was reported meanwhile. */
  async settle({ identifier, revision }: Deployment): Promise<boolean> {
    return (await this.#settle({ record: name(identifier), owed: OWED, identifier, revision })) === 1;
  }
}
