import { isDeepStrictEqual } from 'node:util';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { NO_LIMITS } from '../../sandbox/port/api/limits.ts';
import { type PortStandIn, startPort } from '../../sandbox/port/server.ts';
import { changeFields, entityOf } from '../change.ts';
import { answerCalls } from '../processes/answer-calls.ts';

const BLUEPRINT = 'servicenowChangeRequest';

const startSchema = z.object({ clientSecret: z.string(), latencyMs: z.number() });
const connectSchema = z.object({ bridgeUrl: z.string() });
const markSchema = z.object({ mark: z.string() });
const checkSchema = z.object({ count: z.number(), version: z.number() });
const sinceSchema = z.object({ since: z.string() });

let standIn: PortStandIn | undefined;

function portal(): PortStandIn {
  if (standIn === undefined) throw new Error('The stand-in has not been started.');
  return standIn;
}

answerCalls({
  async start(input) {
    const { clientSecret, latencyMs } = startSchema.parse(input);
    standIn = await startPort({
      clientId: 'bench',
      clientSecret,
      // The published limits would be what is measured.
      rateLimits: NO_LIMITS,
      latencyMs,
      recordedRequests: 0,
    });
    apply('http://127.0.0.1:1');
    return { url: standIn.url };
  },
  connect(input) {
    apply(connectSchema.parse(input).bridgeUrl);
  },
  /** How many entities show this mark in their title. */
  showing(input) {
    const { mark } = markSchema.parse(input);
    return portal()
      .entities(BLUEPRINT)
      .filter((entity) => entity.title?.endsWith(mark)).length;
  },
  /** How many entities were written after a moment. */
  writtenSince(input) {
    const { since } = sinceSchema.parse(input);
    return portal()
      .entities(BLUEPRINT)
      .filter((entity) => entity.updatedAt > since).length;
  },
  /** Compares every entity with the change that it stands for. */
  check(input) {
    const { count, version } = checkSchema.parse(input);
    const found = new Map(
      portal()
        .entities(BLUEPRINT)
        .map((entity) => [entity.identifier, entity]),
    );
    let right = 0;
    for (let index = 0; index < count; index += 1) {
      const wanted = entityOf(changeFields(index, version));
      const entity = found.get(wanted.identifier);
      if (entity === undefined || entity.title !== wanted.title) continue;
      const same = Object.entries(wanted.properties).every(([name, value]) =>
        isDeepStrictEqual(entity.properties[name], value),
      );
      if (same) right += 1;
    }
    return { entities: found.size, right };
  },
});

function apply(bridgeUrl: string): void {
  const directory = fileURLToPath(new URL('../../portal', import.meta.url));
  portal().applyPortal(directory, { BRIDGE_PUBLIC_URL: bridgeUrl });
}
