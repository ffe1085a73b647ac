import { expect, test } from 'vitest';
import type { Stage } from '../../stage/stage.ts';
import { stageForTest } from '../support/stage.ts';

const HEALTH = 'x_chb_changebridge_health';
const PROPERTY = 'x_chb_changebridge';

/** The app's minute passes: what its Health list says of the bridge then. */
async function bridgeLine(stage: Stage): Promise<string> {
  await stage.servicenow.advanceClock(61_000);
  await stage.servicenow.settle();
  const row = stage.servicenow.rows(HEALTH).find((each) => each['key'] === 'bridge');
  return `${row?.['status'] ?? 'none'}: ${row?.['detail'] ?? ''}`;
}

test('the app’s Health asks the bridge itself, and tells its version', async () => {
  const stage = await stageForTest();
  expect(await bridgeLine(stage)).toMatch(
    /^(ok|warning): The bridge \(version \d+\.\d+\.\d+\) answered and knows the secret/,
  );
});

test('a bridge that is down, and one that has another secret, are told apart', async () => {
  const stage = await stageForTest();
  stage.servicenow.setProperty(
    `${PROPERTY}.secret_primary`,
    `whsec_${Buffer.alloc(32, 1).toString('base64')}`,
  );
  expect(await bridgeLine(stage)).toMatch(/^failed: The bridge does not know the secret/);
  stage.servicenow.setProperty(`${PROPERTY}.bridge_url`, 'http://127.0.0.1:9');
  expect(await bridgeLine(stage)).toMatch(/^failed: The bridge does not answer/);
});

test('a click on "Send test message" calls nobody itself; its worker asks the bridge a moment later', async () => {
  const stage = await stageForTest();
  expect(await bridgeLine(stage)).toContain('answered and knows the secret');
  const { servicenow } = stage;
  servicenow.setProperty(`${PROPERTY}.bridge_url`, 'http://127.0.0.1:9');
  const button = servicenow.rows('sys_ui_action').find((each) => each['name'] === 'Send test message');
  const [row] = servicenow.rows(HEALTH);
  const { engine } = servicenow.world;
  if (button === undefined || row === undefined || engine === undefined)
    throw new Error('The app is incomplete.');
  const messages = engine.runAction(button, HEALTH, row, servicenow.user('olga'));
  expect(JSON.stringify(messages)).toContain('The test message is queued');
  await servicenow.settle();
  const line = servicenow.rows(HEALTH).find((each) => each['key'] === 'bridge');
  expect(line?.['detail']).toMatch(/^The bridge does not answer/);
});
