import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { pino } from 'pino';
import { startRedisServer } from '../../queue/redis-server.ts';
import { ensurePrograms, pathOf } from '../../tools/programs.ts';
import { ensureAppBuilt } from '../build-app.ts';
import { openStage, PEOPLE, SERVICE, type Stage } from '../stage.ts';

/** Takes the pictures of the documentation in a real browser, in the middle of a real story. */
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];
const QUIET = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const DEADLINE_MS = 30_000;
const IMAGES = fileURLToPath(new URL('../../docs/images', import.meta.url));

async function main(): Promise<void> {
  ensurePrograms(['screenshots'], {
    env: process.env,
    isRoot: process.getuid?.() === 0,
    say: console.log,
  });
  const executablePath = pathOf(BROWSERS, process.env);
  if (executablePath === undefined) throw new Error('There is no Chromium here: apt-get install chromium.');
  ensureAppBuilt(console.log);
  mkdirSync(IMAGES, { recursive: true });
  const directory = mkdtempSync(join(tmpdir(), 'changebridge-screenshots-'));
  const redis = await startRedisServer(directory);
  const stage = await openStage({
    redisUrl: redis.url,
    prefix: 'screenshots',
    clock: Date.now,
    log: pino({ level: 'silent' }),
    servicenow: { approvers: [PEOPLE.approver] },
  });
  const browser = await chromium.launch({ executablePath, args: QUIET });
  try {
    await picture(stage, browser);
  } finally {
    await browser.close();
    await stage.close();
    await redis.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function picture(stage: Stage, browser: Browser): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1360, height: 860 } });
  const { url } = stage.servicenow;
  const run = stage.port.startRun('deploy_service_to_cluster', {
    by: PEOPLE.developer,
    entity: SERVICE,
    properties: { environment: 'Production' },
  });
  const sysId = await until('a change request', () => changeOf(stage, run.id));
  await until('the change in the portal', () => stage.port.entities('servicenowChangeRequest')[0]);
  await signIn(page, url, PEOPLE.approver);
  await page.click('text=My Approvals');
  await save(page, 'servicenow-my-approvals');
  await page.click('button:has-text("Approve")');
  await until('the end of the run', () => stage.port.runs().find((each) => each.status === 'SUCCESS'));
  await stage.servicenow.advanceClock(60_000);

  await signIn(page, url, 'admin');
  await open(page, `${url}/change_request.do?sys_id=${sysId}`, 'servicenow-change', true);
  await open(
    page,
    `${url}/x_chb_changebridge_outbox_list.do?sysparm_query=ORDERBYDESCoccurred_at`,
    'servicenow-deliveries',
  );
  await page.click('table a[href*="x_chb_changebridge_outbox.do"]');
  await save(page, 'servicenow-delivery');
  await open(
    page,
    `${url}/x_chb_changebridge_health_list.do?sysparm_query=ORDERBYposition`,
    'servicenow-health',
  );
  await page.click('text=Settings');
  await save(page, 'servicenow-settings', true);
  await open(page, `${stage.port.origin}/runs/${run.id}`, 'portal-run');
  await open(page, `${stage.port.origin}/catalog/servicenowChangeRequest`, 'portal-changes');
}

async function signIn(page: Page, url: string, user: string): Promise<void> {
  await page.goto(url);
  await page.selectOption('select', { label: user });
  await page.waitForLoadState('networkidle');
}

async function open(page: Page, url: string, name: string, whole = false): Promise<void> {
  const answer = await page.goto(url);
  if (answer?.ok() !== true) throw new Error(`${url} answered ${answer?.status() ?? 'nothing'}.`);
  await save(page, name, whole);
}

async function save(page: Page, name: string, whole = false): Promise<void> {
  await page.waitForLoadState('load');
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: whole });
  console.log(`docs/images/${name}.png`);
}

function changeOf(stage: Stage, runId: string): string | undefined {
  return stage.servicenow
    .rows('change_request')
    .find((row) => row['u_external_tags']?.includes(runId) && row['approval'] === 'requested')?.['sys_id'];
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const seen = look();
    if (seen !== undefined) return seen;
    if (Date.now() > end) throw new Error(`Not seen: ${what}.`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

await main();
process.exit(0);
