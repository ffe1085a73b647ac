import { Hono, type Context } from 'hono';
import { html } from 'hono/html';
import type { HookSender } from '../engine/hooks.ts';
import { isFinal, type Job, type Pipeline } from '../state/model.ts';
import type { Project } from '../options.ts';
import { badge, icon, layout, when } from './layout.ts';
import { pipelineLabel } from '../api/present.ts';
import type { Runner } from '../engine/runner.ts';
import type { GitLabState } from '../state/store.ts';

export type PageDeps = { state: GitLabState; runner: Runner; hooks: HookSender };

type Crumbs = readonly (readonly [string, string])[];

/** The pages a person knows: pipelines, one pipeline with its stages, a job's log. They refresh by themselves. */
export function pageRoutes({ state, runner, hooks }: PageDeps): Hono {
  const app = new Hono();

  app.get('/', (c) =>
    c.html(
      layout(
        'Projects',
        [],
        html`<h1>Projects</h1>
          ${state.projects.map((one) => projectRow(state, one))}`,
      ),
    ),
  );

  app.get('/:path{.+}/-/pipelines', (c) => {
    const project = state.project(c.req.param('path'));
    if (project === undefined) return missing(c);
    const pipelines = state.pipelines.filter((one) => one.project === project).toReversed();
    return c.html(layout('Pipelines', crumbs(project), pipelineList(pipelines), hasOpen(pipelines)));
  });

  app.get('/:path{.+}/-/pipelines/:pid{[0-9]+}', (c) => {
    const pipeline = state.pipeline(Number(c.req.param('pid')));
    if (pipeline === undefined || pipeline.project.path !== c.req.param('path')) return missing(c);
    const body = pipelinePage(state, pipeline);
    return c.html(layout(`Pipeline #${pipeline.id}`, crumbs(pipeline.project), body, hasOpen([pipeline])));
  });

  app.get('/:path{.+}/-/jobs/:jid{[0-9]+}', (c) => {
    const project = state.project(c.req.param('path'));
    const found = project && state.job(project, Number(c.req.param('jid')));
    if (found === undefined) return missing(c);
    const { pipeline, job } = found;
    const above = [...crumbs(pipeline.project), [`#${pipeline.id}`, hrefOf(pipeline)] as const];
    return c.html(layout(job.name, above, jobPage(pipeline, job), !isFinal(job.status)));
  });

  app.post('/:path{.+}/-/jobs/:jid{[0-9]+}/play', (c) => {
    const project = state.project(c.req.param('path'));
    const found = project && state.job(project, Number(c.req.param('jid')));
    if (found === undefined) return missing(c);
    runner.play(found.pipeline, found.job);
    return c.redirect(hrefOf(found.pipeline), 303);
  });

  app.get('/:path{.+}/-/hooks', (c) => {
    const project = state.project(c.req.param('path'));
    if (project === undefined) return missing(c);
    return c.html(layout('Webhook', crumbs(project), hookPage(hooks)));
  });

  app.get('/:path{.+}', (c) => {
    const project = state.project(c.req.param('path'));
    return project === undefined ? missing(c) : c.redirect(`/${project.path}/-/pipelines`);
  });

  return app;
}

function projectRow(state: GitLabState, project: Project) {
  const count = state.pipelines.filter((one) => one.project === project).length;
  return html`<div class="card row">
    <a class="strong" href="/${project.path}/-/pipelines">${project.path}</a>
    <span class="muted">Project ID: ${project.id} · ${count} pipelines</span>
  </div>`;
}

function pipelineList(pipelines: readonly Pipeline[]) {
  return html`<h1>Pipelines</h1>
    <table>
      <thead>
        <tr>
          <th>Status</th>
          <th>Pipeline</th>
          <th>Asked for</th>
          <th>Stages</th>
          <th>Created</th>
        </tr>
      </thead>
      <tbody>
        ${pipelines.map(
          (one) =>
            html`<tr>
              <td>${badge(one.status, pipelineLabel(one))}</td>
              <td>
                <a class="strong" href="${hrefOf(one)}">${one.name ?? `Pipeline #${one.id}`}</a>
                <div class="muted">
                  #${one.id} · <code>${one.ref}</code> · <code>${one.sha.slice(0, 8)}</code>
                  <span class="tag">trigger token</span>
                </div>
              </td>
              <td>
                ${one.payload.approval_status ?? 'pending'}
                <div class="muted">${one.payload.change_number ?? one.payload.deploy_run_id ?? ''}</div>
              </td>
              <td class="icons">${one.jobs.map((job) => icon(job.status, job.name))}</td>
              <td class="muted">${when(one.createdAt)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    ${pipelines.length === 0 ? html`<p class="muted">No pipelines yet.</p>` : ''}`;
}

function pipelinePage(state: GitLabState, pipeline: Pipeline) {
  const stages = [...new Set(pipeline.jobs.map((job) => job.stage))];
  const deployment = state.deployments.find((one) => one.pipeline_id === pipeline.id);
  return html`<h1>
      ${pipeline.name ?? `Pipeline #${pipeline.id}`} ${badge(pipeline.status, pipelineLabel(pipeline))}
    </h1>
    <p class="muted">
      Triggered ${when(pipeline.createdAt)} for <code>${pipeline.ref}</code> at
      <code>${pipeline.sha.slice(0, 8)}</code>${
        pipeline.coverage === null ? '' : html` · coverage ${pipeline.coverage} %`
      }
    </p>
    ${
      deployment === undefined
        ? ''
        : html`<p class="notice">Deployed ${deployment.entity} to ${deployment.environment}.</p>`
    }
    ${pipeline.yamlErrors === null ? '' : html`<p class="notice bad">${pipeline.yamlErrors}</p>`}
    <div class="stages">
      ${stages.map(
        (stage) =>
          html`<div class="stage">
            <h2>${stage}</h2>
            ${pipeline.jobs.filter((job) => job.stage === stage).map((job) => jobCard(pipeline, job))}
          </div>`,
      )}
    </div>
    <h2>Variables</h2>
    <table>
      <thead>
        <tr>
          <th>Key</th>
          <th>Type</th>
          <th>Value</th>
        </tr>
      </thead>
      <tbody>
        ${pipeline.variables.map(
          (one) =>
            html`<tr>
              <td><code>${one.key}</code></td>
              <td>${one.variable_type}</td>
              <td><pre class="value">${one.value}</pre></td>
            </tr>`,
        )}
      </tbody>
    </table>`;
}

function jobCard(pipeline: Pipeline, job: Job) {
  const href = `/${pipeline.project.path}/-/jobs/${job.id}`;
  const play = html`<form method="post" action="${href}/play"><button>▶ Run</button></form>`;
  return html`<div class="card job">
    <a href="${href}">${icon(job.status, job.status)} ${job.name}</a> ${job.status === 'manual' ? play : ''}
  </div>`;
}

function jobPage(pipeline: Pipeline, job: Job) {
  return html`<h1>${job.name} ${badge(job.status)}</h1>
    <p class="muted">
      Job #${job.id} in pipeline <a href="${hrefOf(pipeline)}">#${pipeline.id}</a>, stage ${job.stage}
    </p>
    <pre class="log">${job.log.length === 0 ? 'This job has no log yet.' : job.log.join('\n')}</pre>`;
}

function hookPage(hooks: HookSender) {
  const { url, active } = hooks.status();
  return html`<h1>Webhook</h1>
    <p>
      ${url ?? 'No webhook is set up.'} ${url === null ? '' : active ? 'Active.' : 'Disabled after failures.'}
    </p>
    <table>
      <thead>
        <tr>
          <th>Event</th>
          <th>Outcome</th>
          <th>Answer</th>
          <th>Time</th>
        </tr>
      </thead>
      <tbody>
        ${hooks.deliveries
          .slice(-100)
          .toReversed()
          .map(
            (one) =>
              html`<tr>
                <td>${one.event}</td>
                <td>${one.outcome}</td>
                <td>${one.status ?? ''} <span class="muted">${one.detail}</span></td>
                <td class="muted">${when(one.at)}</td>
              </tr>`,
          )}
      </tbody>
    </table>`;
}

function crumbs(project: Project): Crumbs {
  const path = `/${project.path}/-/pipelines`;
  return [
    [project.path, path],
    ['Pipelines', path],
    ['Webhook', `/${project.path}/-/hooks`],
  ];
}

function hrefOf(pipeline: Pipeline): string {
  return `/${pipeline.project.path}/-/pipelines/${pipeline.id}`;
}

function hasOpen(pipelines: readonly Pipeline[]): boolean {
  return pipelines.some((one) => !isFinal(one.status));
}

function missing(c: Context) {
  return c.html(
    layout(
      '404',
      [],
      html`<h1>404</h1>
        <p>There is no such page.</p>`,
    ),
    404,
  );
}
