import { verifyPack } from '../../bridge/ledger/evidence-pack.ts';
import { PEOPLE, SERVICE, type Stage } from '../stage.ts';
import {
  type ChangeRow,
  deploymentsOf,
  must,
  pipelinesOf,
  seeEnd,
  seePipeline,
  untilGate,
} from './sights.ts';
import type { Teller } from './teller.ts';

/** How long (ms) before its planned start the change is approved. */
const EARLY_MS = 12_000;

/** Approved before its planned start, put on hold and released: it goes on by itself, and its change is closed. */
export async function heldAndReleased(stage: Stage, tell: Teller, clock: () => number): Promise<void> {
  tell.title('Approved, held, released, deployed, and closed with evidence');
  const { runId, change } = await untilGate(stage, tell);
  const { sysId, number } = change;
  const start = new Date(clock() + EARLY_MS).toISOString().slice(0, 19).replace('T', ' ');
  stage.servicenow.updateChange(sysId, { start_date: start });
  stage.servicenow.decide(sysId, PEOPLE.approver, 'approved', 'Go, once the window opens');
  tell.say('ServiceNow', `${PEOPLE.approver} approves ${number}, planned to start at ${start} (UTC)`);
  await seeWait(stage, tell, runId, 'planned window');
  await tell.see(
    'ServiceNow',
    `${number} as Scheduled`,
    () => (stage.servicenow.change(sysId)?.['state'] === '-2' ? change : undefined),
    () => `${number} is Scheduled`,
  );
  const why = 'Month-end closing';
  stage.servicenow.updateChange(sysId, { on_hold: 'true', on_hold_reason: why });
  tell.say('ServiceNow', `the change manager puts ${number} on hold: ${why}`);
  await seeWait(stage, tell, runId, why);
  must(pipelinesOf(stage, change).length === 0, 'no pipeline while the change is held');
  stage.servicenow.updateChange(sysId, { on_hold: 'false', on_hold_reason: '' });
  tell.say('ServiceNow', `the change manager takes ${number} off hold; nobody has to do anything else`);
  await seePipeline(stage, tell, change, 'approved');
  await seeEnd(stage, tell, runId, 'SUCCESS', `${PEOPLE.developer}'s deploy run`);
  must(deploymentsOf(stage, runId) === 1, 'exactly one deployment');
  await seeClosed(stage, tell, change);
  await seeEvidence(stage, tell, change);
}

async function seeWait(stage: Stage, tell: Teller, runId: string, words: string): Promise<void> {
  await tell.see(
    'Portal',
    'what the developer waits for',
    () => stage.port.logs(runId).findLast((line) => line.message.includes(words)),
    (line) => `${PEOPLE.developer} reads: “${line.message}”`,
  );
}

async function seeClosed(stage: Stage, tell: Teller, { sysId, number }: ChangeRow): Promise<void> {
  await tell.see(
    'ServiceNow',
    `${number} closed`,
    () => {
      const row = stage.servicenow.change(sysId);
      return row?.['state'] === '3' ? row : undefined;
    },
    (row) =>
      `${number} went through Implement and Review and is closed as ${row['close_code']}, begun ${row['work_start']}, ended ${row['work_end']}`,
  );
}

async function seeEvidence(stage: Stage, tell: Teller, { sysId, number }: ChangeRow): Promise<void> {
  const file = await tell.see(
    'ServiceNow',
    `the evidence on ${number}`,
    () => stage.servicenow.rows('sys_attachment').find((row) => row['table_sys_id'] === sysId),
    (row) => `${row['file_name']} is attached: who asked, what was checked, who approved, what was deployed`,
  );
  const text = await download(stage, file['sys_id'] ?? '');
  must(verifyPack(text, []).findings.length === 0, 'evidence that nobody altered');
  const altered = text.replaceAll(SERVICE, 'another-service');
  must(verifyPack(altered, []).findings.length > 0, 'that altered evidence is found');
  tell.say('ServiceNow', 'checked offline: nobody altered the evidence, and an altered copy is found');
}

async function download(stage: Stage, id: string): Promise<string> {
  const authorization = `Basic ${stage.env['SERVICENOW_API_TOKEN'] ?? ''}`;
  const file = `${stage.servicenow.url}/api/now/attachment/${id}/file`;
  const answer = await fetch(file, { headers: { authorization } });
  must(answer.ok, `the file itself (ServiceNow answered ${answer.status})`);
  return answer.text();
}
