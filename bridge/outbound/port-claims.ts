import { z } from 'zod';
import { RequestRefused } from '../model/errors.ts';
import type { Call } from './exchange.ts';

/** Sends a call with the organisation's token and reads its answer; throws what the client of Port throws. */
export type AskPort = <T>(call: Call, schema: z.ZodType<T>) => Promise<T>;

/** The installation that runs for an execution agent belong to, in Port's own agent. */
const INSTALLATION = '_PORT_EXEC_AGENT';
/** Port keeps the routes of claims for those who say that they know. */
const HEADERS = { 'x-port-reserved-usage': 'true' };
/** How an organisation's runs reach its agent, where that agent asks for them. */
const POLLING = 'POLLING';
/** A run may carry what people typed twice, at most 1 MiB each time: many of them are a long answer. */
const MAX_BYTES = 32 * 1024 * 1024;

const runsAnswer = z.object({ runs: z.array(z.unknown()).default([]) });
const nodeRunsAnswer = z.object({ nodeRuns: z.array(z.unknown()).default([]) });
const ackAnswer = z.looseObject({ ackedCount: z.number().optional() });
const organisationAnswer = z.object({
  organization: z.looseObject({
    name: z.string(),
    settings: z.looseObject({ portAgentStreamerName: z.unknown().optional() }).nullish(),
  }),
});

/**
 * How a worker that Port cannot call gets its runs. A claim hides a run from other workers for a while; what is not
 * acknowledged in that time is pending again. Every method may throw UpstreamUnavailable, CredentialsRefused and
 * RequestRefused; a call that is sent twice does no harm.
 * @see https://github.com/port-labs/port-agent, https://docs.port.io/api-reference/claim-pending-workflow-node-runs
 */
export class PortClaims {
  readonly #ask: AskPort;

  constructor(ask: AskPort) {
    this.#ask = ask;
  }

  /** Claims at most `limit` pending runs of actions that are invoked in this way, for `forMs`. */
  async runs(invocationMethod: 'WEBHOOK' | 'GITLAB', limit: number, forMs: number): Promise<unknown[]> {
    const path = '/actions/runs/claim-pending';
    const json = { installationId: INSTALLATION, limit, invocationMethod, visibilityTimeoutMs: forMs };
    return (await this.#send('POST', path, json, runsAnswer)).runs;
  }

  /** Claims at most `limit` pending runs of workflows' nodes, for `forMs`. */
  async nodeRuns(limit: number, forMs: number): Promise<unknown[]> {
    const path = '/workflows/runs/claim-pending';
    const json = { installationId: INSTALLATION, limit, visibilityTimeoutMs: forMs };
    return (await this.#send('POST', path, json, nodeRunsAnswer)).nodeRuns;
  }

  /** Says that a claimed run has its worker for good; false where Port no longer counts it as ours, or has none. */
  async acknowledge(runId: string): Promise<boolean> {
    return this.#acknowledged('/actions/runs/ack', { runIds: [runId] });
  }

  /** The same for a claimed run of a workflow's node. */
  async acknowledgeNode(nodeRun: string): Promise<boolean> {
    return this.#acknowledged('/workflows/runs/ack', { nodeRunIdentifier: nodeRun });
  }

  /** Ends a run of a workflow's node, with one line in its log. */
  async endNode(nodeRun: string, result: 'SUCCESS' | 'FAILED', message: string): Promise<void> {
    const path = `/workflows/nodes/runs/${encodeURIComponent(nodeRun)}`;
    const logs = [{ level: result === 'SUCCESS' ? 'INFO' : 'ERROR', message }];
    // The end counts: it says the same, and a log in another form than Port's must not hold it up.
    await this.#send('POST', `${path}/logs`, { logs }, z.unknown()).catch(unlessRefused);
    await this.#send('PATCH', path, { status: 'COMPLETED', result, output: { message } }, z.unknown());
  }

  /** Tells the organisation that its agent asks for its runs. Answers how runs reached it before, where that is new. */
  async announce(): Promise<{ readonly before: unknown } | undefined> {
    const path = '/organization';
    const { name, settings } = (await this.#send('GET', path, undefined, organisationAnswer)).organization;
    const before = settings?.portAgentStreamerName;
    if (before === POLLING) return undefined;
    await this.#send('PATCH', path, { name, settings: { portAgentStreamerName: POLLING } }, z.unknown());
    return { before };
  }

  async #acknowledged(path: string, json: object): Promise<boolean> {
    try {
      return (await this.#send('PATCH', path, json, ackAnswer)).ackedCount !== 0;
    } catch (error) {
      if (error instanceof RequestRefused && (error.status === 409 || error.status === 404)) return false;
      throw error;
    }
  }

  #send<T>(method: Call['method'], path: string, json: object | undefined, schema: z.ZodType<T>): Promise<T> {
    return this.#ask(
      { method, path, json, headers: HEADERS, sideEffect: false, maxBytes: MAX_BYTES },
      schema,
    );
  }
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof RequestRefused)) throw error;
}
