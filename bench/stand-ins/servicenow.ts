import { z } from 'zod';
import { startServiceNow, type ServiceNowStandIn } from '../../sandbox/servicenow/server.ts';
import { builtAppDirectory } from '../../sandbox/servicenow/engine/built-app.ts';
import { changeFields, sysIdOf } from '../change.ts';
import { preciseNow } from '../clock.ts';
import { answerCalls } from '../processes/answer-calls.ts';
import { BackgroundWork, sendEvent } from './background-work.ts';
import { openRelay, type Delivery } from './relay.ts';

const startSchema = z.object({ password: z.string(), latencyMs: z.number() });
const seedSchema = z.object({
  from: z.number(),
  count: z.number(),
  more: z.record(z.string(), z.string()).default({}),
});
const connectSchema = z.object({ bridgeUrl: z.string(), secret: z.string() });
const rangeSchema = z.object({ from: z.number(), count: z.number() });
const backgroundSchema = rangeSchema.extend({ perSecond: z.number() });
const decideSchema = z.object({ index: z.number() });

type Connected = { readonly bridgeUrl: string; readonly secret: string };

let standIn: ServiceNowStandIn | undefined;
let connected: Connected | undefined;
let background: BackgroundWork | undefined;
const deliveries: Delivery[] = [];

function instance(): ServiceNowStandIn {
  if (standIn === undefined) throw new Error('The stand-in has not been started.');
  return standIn;
}

function bridge(): Connected {
  if (connected === undefined) throw new Error('The stand-in knows no bridge.');
  return connected;
}

answerCalls({
  async start(input) {
    const { password, latencyMs } = startSchema.parse(input);
    standIn = await startServiceNow({
      appDir: builtAppDirectory(),
      integrationPassword: password,
      latencyMs,
    });
    return { url: standIn.url };
  },
  /** Puts records in place as if they had been there for long: no rule runs. */
  seed(input) {
    const { from, count, more } = seedSchema.parse(input);
    const { store } = instance().instance;
    for (let index = from; index < from + count; index += 1) {
      store.put('change_request', {
        ...changeFields(index, 0, more),
        sys_class_name: 'change_request',
      });
    }
  },
  /** Lets the app deliver to a bridge, through a relay that notes when it does. */
  async connect(input) {
    connected = connectSchema.parse(input);
    const relayUrl = await openRelay(connected.bridgeUrl, deliveries);
    instance().setProperty('x_chb_changebridge.bridge_url', relayUrl);
    instance().setProperty('x_chb_changebridge.secret_primary', connected.secret);
    instance().setProperty('x_chb_changebridge.enabled', 'true');
  },
  /** Sends an event of each of these records as it stands. */
  async announce(input) {
    const { from, count } = rangeSchema.parse(input);
    const { bridgeUrl, secret } = bridge();
    for (let index = from; index < from + count; index += 1) {
      const row = instance().instance.store.get('change_request', sysIdOf(index)) ?? {};
      await sendEvent(bridgeUrl, secret, row);
    }
  },
  startBackground(input) {
    const options = { ...backgroundSchema.parse(input), ...bridge() };
    background = new BackgroundWork(instance().instance.store, options);
  },
  /** Answers how many events were sent and how many of them were refused. */
  async stopBackground() {
    return background?.stop();
  },
  /** An approver saves a decision on the change's form. Answers when (epoch ms). */
  decide(input) {
    const { index } = decideSchema.parse(input);
    const savedAt = preciseNow();
    instance().decide(sysIdOf(index), 'ann', 'approved');
    return savedAt;
  },
  deliveries: () => deliveries,
});
