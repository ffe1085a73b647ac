import { setTimeout as sleep } from 'node:timers/promises';
import type { GitLabStandIn, Pipeline } from '../../sandbox/gitlab/server.ts';
import { type Jobs, runJobs } from './jobs.ts';

const LOOK_EVERY_MS = 50;
/** How many pipelines run at once: more only slow each other down. */
const AT_ONCE = 2;

export type Runner = {
  /** Ends what runs; resolves when nothing is left. */
  readonly stop: () => Promise<void>;
};

/** Runs every pipeline of this GitLab that waits for a runner, oldest first. `onError` is told of what cannot be run. */
export function startRunner(
  gitlab: GitLabStandIn,
  how: Pick<Jobs, 'machine' | 'bridgeUrl'>,
  onError: (error: unknown) => void,
): Runner {
  const end = new AbortController();
  const taken = new Set<Pipeline>();
  const underWay = new Set<Promise<void>>();
  const start = (pipeline: Pipeline): void => {
    taken.add(pipeline);
    const running = runJobs(gitlab, pipeline, { ...how, signal: end.signal }).then(
      () => {},
      (error: unknown) => {
        gitlab.finish(pipeline.id, 'failed');
        onError(error);
      },
    );
    underWay.add(running);
    void running.finally(() => underWay.delete(running));
  };
  const look = async (): Promise<void> => {
    while (!end.signal.aborted) {
      const next = gitlab.pipelines().find((each) => each.status === 'pending' && !taken.has(each));
      if (next !== undefined && underWay.size < AT_ONCE) start(next);
      else await sleep(LOOK_EVERY_MS);
    }
  };
  const looking = look();
  return {
    async stop() {
      end.abort();
      await Promise.all([looking, ...underWay]);
    },
  };
}
