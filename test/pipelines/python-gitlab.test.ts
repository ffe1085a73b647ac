import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { onTestFinished, test, expect } from 'vitest';
import { z } from 'zod';
import { startGitLab } from '../../sandbox/gitlab/server.ts';

/** A Python that has python-gitlab; Debian's package belongs to Debian's own Python. */
const PYTHON = ['/usr/bin/python3', 'python3'].find(
  (python) => spawnSync(python, ['-c', 'from gitlab import Gitlab']).status === 0,
);

const SCRIPT = `
import json, sys, time, gitlab
url, api, read, trigger = sys.argv[1:]
project = gitlab.Gitlab(url, private_token=api).projects.get(42)
def ended(pipeline):
    for _ in range(500):
        pipeline.refresh()
        if pipeline.status in ("success", "failed", "manual"): return pipeline.status
        time.sleep(0.02)
    raise SystemExit("the pipeline did not end")
made = project.trigger_pipeline("main", trigger, variables={})
pipeline = project.pipelines.get(made.id)
blocked = ended(pipeline)
listed = [one.id for one in project.pipelines.list(source="trigger", ref="main", get_all=True)]
variables = {one.key: one.value for one in pipeline.variables.list(get_all=True)}
jobs = pipeline.jobs.list(scope="manual", get_all=True)
automatic = pipeline.jobs.list(scope="success", get_all=True)[0]
def refused(act):
    try: act()
    except gitlab.exceptions.GitlabError as error: return [error.response_code, str(error.error_message)]
reader = gitlab.Gitlab(url, private_token=read).projects.get(42)
too_small = refused(reader.jobs.get(jobs[0].id).play)
project.jobs.get(jobs[0].id).play()
played = ended(pipeline)
print(json.dumps({
    "path": project.path_with_namespace, "source": pipeline.source, "blocked": blocked, "listed": listed,
    "payload": json.loads(variables["TRIGGER_PAYLOAD"]), "manual": [job.name for job in jobs],
    "tooSmall": too_small, "automatic": refused(project.jobs.get(automatic.id).play), "played": played,
    "branch": project.branches.get("main").commit["id"] == pipeline.sha,
    "author": project.commits.get(pipeline.sha).author_name,
    "log": project.jobs.get(jobs[0].id).trace().decode(),
    "wrongToken": refused(lambda: project.trigger_pipeline("main", "wrong")),
    "wrongRef": refused(lambda: project.trigger_pipeline("none", trigger)),
}))
`;

test.skipIf(PYTHON === undefined)(
  `python-gitlab triggers, lists, reads variables and jobs, and plays${PYTHON === undefined ? ' (skipped: no Python here has python-gitlab, Debian: python3-gitlab)' : ''}`,
  async () => {
    const gitlab = await startGitLab({
      projects: [
        {
          id: 42,
          path: 'shop/cart',
          triggerTokens: ['glptt-x'],
          coverage: 90,
          manualDeploy: true,
          stageMs: 1,
        },
      ],
      apiTokens: [
        { token: 'glpat-api', scopes: ['api'] },
        { token: 'glpat-read', scopes: ['read_api'] },
      ],
    });
    onTestFinished(() => gitlab.close());
    const args = ['-c', SCRIPT, gitlab.url, 'glpat-api', 'glpat-read', 'glptt-x'];
    const { stdout } = await promisify(execFile)(PYTHON ?? '', args);
    expect(z.record(z.string(), z.unknown()).parse(JSON.parse(stdout))).toMatchObject({
      path: 'shop/cart',
      source: 'trigger',
      blocked: 'manual',
      listed: [1],
      payload: { ref: 'main', id: '42' },
      manual: ['deploy: [production]'],
      tooSmall: [403, expect.stringContaining('insufficient_scope')],
      automatic: [400, expect.stringContaining('Unplayable Job')],
      played: 'success',
      branch: true,
      author: 'Administrator',
      log: expect.stringContaining('Deployed cart to production.'),
      wrongToken: [404, '404 Not Found'],
      wrongRef: [400, expect.stringContaining('Reference not found')],
    });
    expect(gitlab.deployments()).toHaveLength(1);
  },
);
