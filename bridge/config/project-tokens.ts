/** The trigger token of a project by its full path; undefined where there is none. */
export type ProjectToken = (project: string) => string | undefined;

/**
 * Trigger tokens under the names that Port's agent gives them: group and project, joined by `_`, each `/` as `_`. What
 * the portal calls a project may be anything, so neither the bridge's own settings nor names in capitals alone, which
 * are other programs' secrets, are ever read.
 * @see https://docs.port.io/actions-and-automations/setup-backend/gitlab-pipeline/self-hosted
 */
export function projectTokens(
  env: Readonly<Record<string, string | undefined>>,
  readFile: (path: string) => string,
): ProjectToken {
  return (project) => {
    const name = project.replaceAll('/', '_');
    if (name === name.toUpperCase()) return undefined;
    const path = env[`${name}_FILE`];
    return env[name] || (path ? contentOf(path, readFile) : undefined);
  };
}

function contentOf(path: string, readFile: (path: string) => string): string | undefined {
  try {
    return readFile(path).trim() || undefined;
  } catch {
    return undefined;
  }
}
