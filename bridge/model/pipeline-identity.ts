/** Who a pipeline is, as its token proves it. Ids are GitLab's numbers. */
export type PipelineIdentity = IdTokenIdentity | ProjectIdentity;

/** What a GitLab id_token says of the job that shows it (GitLab docs, "Token payload" of ID tokens). */
export type IdTokenIdentity = {
  readonly kind: 'id-token';
  readonly issuer: string;
  readonly projectId: string;
  readonly projectPath: string;
  readonly pipelineId: string;
  /** How the pipeline was started: `push`, `trigger`, `web`, … */
  readonly pipelineSource: string;
  readonly jobId: string;
  readonly ref: string;
  readonly refType: string;
  readonly refProtected: boolean;
  readonly sha: string;
  /** The environment that the job deploys to, where its YAML names one. */
  readonly environment: string | undefined;
  /** The login and the e-mail of whoever started the pipeline, `''` where GitLab does not tell. */
  readonly user: string;
  readonly userEmail: string;
};

/** A token of PIPELINE_TOKENS proves its project alone. The pipeline is what its holder says. */
export type ProjectIdentity = { readonly kind: 'token'; readonly projectId: string };
