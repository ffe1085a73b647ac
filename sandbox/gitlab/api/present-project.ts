import type { Project } from '../options.ts';
import type { Commit } from '../state/model.ts';

const iso = (ms: number) => new Date(ms).toISOString();

/** The tier that GitLab guesses from an environment's name (docs, "Deployment tier of environments"). */
export function tierOf(environment: string): string {
  const [tier] = TIERS.find(([, pattern]) => pattern.test(environment)) ?? ['other'];
  return tier;
}

const TIERS: readonly (readonly [string, RegExp])[] = [
  ['development', /dev|review|trunk/i],
  ['testing', /test|tst|int|ac(ce|)pt|qa|qc|control|quality/i],
  ['staging', /st(a|)g|mod(e|)l|pre|demo|non/i],
  ['production', /pr(o|)d|live/i],
];

/** A project as `GET /projects/:id` shows it. */
export function projectFull(base: string, project: Project) {
  const [namespace = '', name = project.path] = project.path.split(/\/(?=[^/]*$)/);
  return {
    id: project.id,
    description: null,
    name,
    name_with_namespace: `${namespace} / ${name}`,
    path: name,
    path_with_namespace: project.path,
    created_at: iso(0),
    default_branch: project.refs[0],
    tag_list: [],
    topics: [],
    http_url_to_repo: `${base}/${project.path}.git`,
    web_url: `${base}/${project.path}`,
    namespace: { id: 72, name: namespace, path: namespace, kind: 'group', full_path: namespace },
    archived: false,
    visibility: 'private',
    jobs_enabled: true,
    builds_access_level: 'enabled',
    ci_pipeline_variables_minimum_override_role: project.variablesAllowed ? 'developer' : 'no_one_allowed',
  };
}

/** A commit as `GET …/repository/commits/:sha` shows it. */
export function commitFull(base: string, project: Project, commit: Commit) {
  return {
    id: commit.sha,
    short_id: commit.sha.slice(0, 8),
    title: 'Deploy with a gate',
    message: 'Deploy with a gate\n',
    author_name: commit.authorName,
    author_email: commit.authorEmail,
    authored_date: iso(commit.at),
    committer_name: commit.authorName,
    committer_email: commit.authorEmail,
    committed_date: iso(commit.at),
    created_at: iso(commit.at),
    parent_ids: [],
    project_id: project.id,
    web_url: `${base}/${project.path}/-/commit/${commit.sha}`,
  };
}

/** A branch as `GET …/repository/branches/:branch` shows it. */
export function branchFull(base: string, project: Project, commit: Commit) {
  return {
    name: commit.ref,
    commit: commitFull(base, project, commit),
    merged: false,
    protected: isProtected(project, commit.ref),
    default: commit.ref === project.refs[0],
    web_url: `${base}/${project.path}/-/tree/${commit.ref}`,
  };
}

export function isProtected(project: Project, ref: string): boolean {
  return (project.protectedRefs ?? project.refs.slice(0, 1)).includes(ref);
}
