import type { Deployment } from '../ledger/deployments.ts';
import { RequestRefused } from '../model/errors.ts';
import type { Declared } from '../outbound/port-blueprints.ts';
import type { RelatedEntity } from '../outbound/port-schemas.ts';
import type { FlowContext } from './shared/context.ts';
import type { Flow } from './shared/flow.ts';

/**
 * Shows in the portal what a pipeline reported of a deployment. Properties and relations are written only where the
 * blueprint declares them.
 */
export const deployment = { name: 'deployment', concurrency: 4, run, owes: true } as const satisfies Flow;

async function run(ctx: FlowContext, identifier: string): Promise<void> {
  const reported = await ctx.ledger.deployments.get(identifier);
  if (reported === undefined) return ctx.ledger.owed.settle('deployment', identifier);
  const { deploymentBlueprint: blueprint } = ctx.settings;
  const declared = await ctx.port.blueprints.declaredBy(blueprint);
  await write(ctx, blueprint, entityOf(reported, declared));
  if (!(await ctx.ledger.deployments.settle(reported))) await ctx.enqueue('deployment', identifier);
}

/** A service or a change that the portal does not have costs the relation to it, not the deployment. */
async function write(ctx: FlowContext, blueprint: string, entity: RelatedEntity): Promise<void> {
  try {
    await ctx.port.upsertInto(blueprint, entity);
  } catch (error) {
    if (!(error instanceof RequestRefused) || Object.keys(entity.relations).length === 0) throw error;
    await ctx.port.upsertInto(blueprint, { ...entity, relations: {} });
    ctx.log.warn({ deployment: entity.identifier }, `Shown without its relations: ${error.message}`);
  }
}

/** The entity of a deployment, with nothing that the blueprint does not know. */
export function entityOf({ identifier, facts }: Deployment, declared: Declared): RelatedEntity {
  const { service, environment } = facts;
  const where = environment === undefined ? '' : ` to ${environment}`;
  return {
    identifier,
    title: service === undefined ? identifier : `${service}${where}`,
    properties: told(declared.properties, {
      jobUrl: facts.job_url,
      deployingUser: facts.user,
      imageTag: facts.image_tag,
      commitSha: facts.commit_sha,
      environment,
      status: facts.status,
      deployedAt: facts.status === 'success' ? facts.ended_at : undefined,
    }),
    relations: told(declared.relations, { service, change: facts.change }),
  };
}

function told(
  declared: ReadonlySet<string>,
  values: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const pairs = Object.entries(values).flatMap(([name, value]): [string, string][] =>
    value === undefined || !declared.has(name) ? [] : [[name, value]],
  );
  return Object.fromEntries(pairs);
}
