/** What the tags column says: the deployment that a change stands for. */
export type Tags = {
  readonly deployRun?: string;
  /** A run that the column names, and of which nothing proves that it belongs to the change: nobody writes to it. */
  readonly unprovenRun?: string;
  readonly gitlabProject?: string;
  readonly gitlabRef?: string;
  readonly gitlabPipeline?: string;
  readonly others: readonly string[];
};

// "null" is what a pipeline writes when it forwards a value that it never had.
const RUN_ID = /^(?!null$|undefined$)[A-Za-z0-9_-]{1,128}$/;
const PROJECT = /^\d{1,18}$/;
const REF = /^(?!.*\.\.)[A-Za-z0-9._/-]{1,200}$/;

function readTag(tags: Tags, tag: string): Tags {
  const colon = tag.indexOf(':');
  const name = tag.slice(0, colon);
  const value = tag.slice(colon + 1).trim();
  // The first of a name counts: what is appended later cannot lead a deployment elsewhere.
  if (name === 'deploy_run' && tags.deployRun === undefined && RUN_ID.test(value))
    return { ...tags, deployRun: value };
  if (name === 'gitlab_project' && tags.gitlabProject === undefined && PROJECT.test(value))
    return { ...tags, gitlabProject: value };
  if (name === 'gitlab_ref' && tags.gitlabRef === undefined && REF.test(value))
    return { ...tags, gitlabRef: value };
  if (name === 'gitlab_pipeline' && tags.gitlabPipeline === undefined && PROJECT.test(value))
    return { ...tags, gitlabPipeline: value };
  return { ...tags, others: [...tags.others, tag] };
}

/** Reads the tags column. A bare value is the deploy run's id; what it does not know it keeps in `others`. */
export function parseTags(column: string): Tags {
  const parts = column
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const [first] = parts;
  if (!column.includes(',') && first !== undefined && !first.includes(':') && RUN_ID.test(first)) {
    return { deployRun: first, others: [] };
  }
  return parts.reduce<Tags>(readTag, { others: [] });
}

/** Writes the tags column. */
export function formatTags(tags: Tags): string {
  const known: readonly (readonly [string, string | undefined])[] = [
    ['deploy_run', tags.deployRun],
    ['gitlab_project', tags.gitlabProject],
    ['gitlab_ref', tags.gitlabRef],
    ['gitlab_pipeline', tags.gitlabPipeline],
  ];
  // A value that would not be read back as it is written could pose as another tag.
  const written = known.flatMap(([name, value]) => {
    const tag = `${name}:${value ?? ''}`;
    return readTag({ others: [] }, tag).others.length === 0 ? [tag] : [];
  });
  const column = [...written, ...tags.others].join(',');
  // A tag that stands alone would read as a run's id; the comma says that it is one of a list.
  return written.length === 0 && tags.others.length === 1 ? `${column},` : column;
}

/** Whether the column ties the change to a deployment at all; other changes never start a pipeline. */
export function namesDeployment(tags: Tags): boolean {
  return (
    tags.deployRun !== undefined ||
    tags.unprovenRun !== undefined ||
    tags.gitlabProject !== undefined ||
    tags.gitlabPipeline !== undefined
  );
}
