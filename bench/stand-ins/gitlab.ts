import { z } from 'zod';
import { type GitLabStandIn, startGitLab } from '../../sandbox/gitlab/server.ts';
import { preciseNow } from '../clock.ts';
import { answerCalls } from '../processes/answer-calls.ts';

const startSchema = z.object({ triggerToken: z.string(), readToken: z.string() });
const connectSchema = z.object({ bridgeUrl: z.string(), hookToken: z.string() });
const triggerSchema = z.object({ system_id: z.string() });

let standIn: GitLabStandIn | undefined;

function gitlab(): GitLabStandIn {
  if (standIn === undefined) throw new Error('The stand-in has not been started.');
  return standIn;
}

answerCalls({
  async start(input) {
    const { triggerToken, readToken } = startSchema.parse(input);
    standIn = await startGitLab({
      projects: [
        { id: 42, path: 'platform/checkout', triggerTokens: [triggerToken], stageMs: 50, useClaim: false },
      ],
      apiTokens: [{ token: readToken, scopes: ['read_api'] }],
      clock: preciseNow,
    });
    return { url: standIn.url };
  },
  connect(input) {
    const { bridgeUrl, hookToken } = connectSchema.parse(input);
    gitlab().setHook({ url: `${bridgeUrl}/webhooks/gitlab`, token: hookToken });
  },
  /** When each trigger arrived (epoch ms), and for which change. */
  triggers: () =>
    gitlab()
      .requests.filter(({ method, url }) => method === 'POST' && url.endsWith('/trigger/pipeline'))
      .flatMap(({ at, body }) => {
        const parsed = triggerSchema.safeParse(body);
        return parsed.success ? [{ sysId: parsed.data.system_id, at }] : [];
      }),
});
