import { Hono, type Context } from 'hono';
import { z } from 'zod';
import { projectAccess, tokenOfItself, type ApiVariables } from './access.ts';
import { PIPELINE_SOURCES, PIPELINE_STATUSES, type Pipeline } from '../state/model.ts';
import type { ApiToken } from '../options.ts';
import { branchFull, commitFull, projectFull } from './present-project.ts';
import { jobFull, pipelineBasic, pipelineFull } from './present.ts';
import type { Runner } from '../engine/runner.ts';
import type { GitLabState } from '../state/store.ts';

const time = z.iso
  .datetime({ offset: true })
  .or(z.iso.date())
  .transform((text) => Date.parse(text))
  .optional();

const listQuery = z.object({
  source: z.enum(PIPELINE_SOURCES).optional(),
  status: z.enum(PIPELINE_STATUSES).optional(),
  ref: z.string().optional(),
  sha: z.string().optional(),
  name: z.string().optional(),
  created_after: time,
  created_before: time,
  updated_after: time,
  updated_before: time,
  order_by: z.enum(['id', 'status', 'ref', 'updated_at', 'user_id']).default('id'),
  sort: z.enum(['asc', 'desc']).default('desc'),
  page: z.coerce.number().int().positive().default(1),
  per_page: z.coerce.number().int().positive().default(20),
});

type ListQuery = z.output<typeof listQuery>;

export type ApiDeps = {
  state: GitLabState;
  runner: Runner;
  tokens: readonly ApiToken[];
  baseUrl: () => string;
};

/** The part of GitLab's REST API about pipelines and jobs. */
export function pipelineRoutes({ state, runner, tokens, baseUrl }: ApiDeps) {
  const app = new Hono<ApiVariables>();
  app.use('/projects/:id/*', projectAccess(state, tokens));

  app.get('/personal_access_tokens/self', tokenOfItself(tokens));
  app.get('/projects/:id', (c) => c.json(projectFull(baseUrl(), c.var.project)));

  app.get('/projects/:id/pipelines', (c) => {
    const query = listQuery.safeParse(c.req.query());
    if (!query.success) return c.json({ error: grapeError(query.error) }, 400);
    const found = state.pipelines.filter((one) => one.project === c.var.project && fits(one, query.data));
    const page = paginate(c, sorted(found, query.data), query.data);
    return c.json(page.map((one) => pipelineBasic(baseUrl(), one)));
  });

  app.get('/projects/:id/pipelines/:pid', (c) => {
    const pipeline = pipelineOf(c, state);
    return pipeline === undefined ? notFound(c) : c.json(pipelineFull(baseUrl(), pipeline));
  });

  app.get('/projects/:id/pipelines/:pid/variables', (c) => {
    const pipeline = pipelineOf(c, state);
    if (pipeline === undefined) return notFound(c);
    return c.json(pipeline.variables.map((one) => ({ ...one, raw: false })));
  });

  app.get('/projects/:id/pipelines/:pid/jobs', (c) => {
    const pipeline = pipelineOf(c, state);
    if (pipeline === undefined) return notFound(c);
    const scope = [...(c.req.queries('scope') ?? []), ...(c.req.queries('scope[]') ?? [])];
    const isWhole = c.req.query('include_retried') === 'true';
    const jobs = pipeline.jobs
      .filter((job) => isWhole || !job.retried)
      .filter((job) => scope.length === 0 || scope.includes(job.status));
    const query = listQuery.pick({ page: true, per_page: true }).safeParse(c.req.query());
    if (!query.success) return c.json({ error: grapeError(query.error) }, 400);
    const page = paginate(c, jobs.toReversed(), query.data);
    return c.json(page.map((job) => jobFull(baseUrl(), pipeline, job)));
  });

  app.get('/projects/:id/repository/branches/:branch{.+}', (c) => {
    const branch = c.req.param('branch');
    if (!c.var.project.refs.includes(branch)) return c.json({ message: '404 Branch Not Found' }, 404);
    return c.json(branchFull(baseUrl(), c.var.project, state.head(c.var.project, branch)));
  });

  app.get('/projects/:id/repository/commits/:sha', (c) => {
    const { project } = c.var;
    const asked = c.req.param('sha');
    const commit = project.refs.includes(asked) ? state.head(project, asked) : state.commit(project, asked);
    if (commit === undefined) return c.json({ message: '404 Commit Not Found' }, 404);
    return c.json(commitFull(baseUrl(), project, commit));
  });

  addJobRoutes(app, { state, runner, baseUrl });
  return app;
}

/** What may be asked of, and done to, one job. */
function addJobRoutes(app: Hono<ApiVariables>, { state, runner, baseUrl }: Omit<ApiDeps, 'tokens'>): void {
  app.get('/projects/:id/jobs/:jid', (c) => {
    const found = state.job(c.var.project, Number(c.req.param('jid')));
    return found === undefined ? notFound(c) : c.json(jobFull(baseUrl(), found.pipeline, found.job));
  });

  app.get('/projects/:id/jobs/:jid/trace', (c) => {
    const found = state.job(c.var.project, Number(c.req.param('jid')));
    return found === undefined ? notFound(c) : c.text(found.job.log.join('\n'));
  });

  app.post('/projects/:id/jobs/:jid/play', (c) => {
    const found = state.job(c.var.project, Number(c.req.param('jid')));
    if (found === undefined) return notFound(c);
    const played = runner.play(found.pipeline, found.job);
    if (played === undefined) return c.json({ message: '400 Bad request - Unplayable Job' }, 400);
    return c.json(jobFull(baseUrl(), found.pipeline, played));
  });

  app.post('/projects/:id/jobs/:jid/retry', (c) => {
    const found = state.job(c.var.project, Number(c.req.param('jid')));
    if (found === undefined) return notFound(c);
    const again = runner.retry(found.pipeline, found.job);
    if (again === undefined) return c.json({ message: '403 Forbidden - Job is not retryable' }, 403);
    return c.json(jobFull(baseUrl(), found.pipeline, again), 201);
  });
}

function pipelineOf(c: Context<ApiVariables>, state: GitLabState): Pipeline | undefined {
  const pipeline = state.pipeline(Number(c.req.param('pid')));
  return pipeline?.project === c.var.project ? pipeline : undefined;
}

function fits(one: Pipeline, query: ListQuery): boolean {
  if (query.source !== undefined && query.source !== one.source) return false;
  if (query.status !== undefined && query.status !== one.status) return false;
  if (query.ref !== undefined && query.ref !== one.ref) return false;
  if (query.sha !== undefined && query.sha !== one.sha) return false;
  if (query.name !== undefined && query.name !== one.name) return false;
  return (
    within(one.createdAt, query.created_after, query.created_before) &&
    within(one.updatedAt, query.updated_after, query.updated_before)
  );
}

function within(at: number, after = -Infinity, before = Infinity): boolean {
  return at >= after && at <= before;
}

function sorted(pipelines: Pipeline[], { order_by, sort }: ListQuery): Pipeline[] {
  const key = (one: Pipeline): string => {
    if (order_by === 'status' || order_by === 'ref') return one[order_by];
    return order_by === 'updated_at' ? String(one.updatedAt).padStart(16, '0') : '';
  };
  const ascending = pipelines.toSorted((a, b) => key(a).localeCompare(key(b)) || a.id - b.id);
  return sort === 'asc' ? ascending : ascending.toReversed();
}

/** One page of a list, with GitLab's pagination headers. */
function paginate<T>(c: Context, all: readonly T[], asked: { page: number; per_page: number }): T[] {
  const perPage = Math.min(asked.per_page, 100);
  const { page } = asked;
  const pages = Math.max(1, Math.ceil(all.length / perPage));
  const link = (to: number, rel: string) => {
    const url = new URL(c.req.url);
    url.searchParams.set('page', String(to));
    url.searchParams.set('per_page', String(perPage));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [link(1, 'first'), link(pages, 'last')];
  if (page < pages) links.unshift(link(page + 1, 'next'));
  if (page > 1) links.unshift(link(page - 1, 'prev'));
  c.header('Link', links.join(', '));
  c.header('X-Page', String(page));
  c.header('X-Per-Page', String(perPage));
  c.header('X-Next-Page', page < pages ? String(page + 1) : '');
  c.header('X-Prev-Page', page > 1 ? String(page - 1) : '');
  c.header('X-Total', String(all.length));
  c.header('X-Total-Pages', String(pages));
  return all.slice((page - 1) * perPage, page * perPage);
}

/** Grape's words: a value outside a list "does not have a valid value", any other bad one "is invalid". */
function grapeError(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const words = issue.code === 'invalid_value' ? 'does not have a valid value' : 'is invalid';
      return `${String(issue.path[0])} ${words}`;
    })
    .join(', ');
}

function notFound(c: Context) {
  return c.json({ message: '404 Not found' }, 404);
}
