import path from 'node:path';
import { parsePortalSettings, type PortalSettings } from '../../config.ts';
import { PortDefinitions } from '../../outbound/port-definitions.ts';
import { Redactor } from '../../outbound/redactor.ts';
import type { ExitCode, Host } from '../host.ts';
import { act, type Done, isToDo } from './act.ts';
import { readDefinitions } from './files.ts';
import { type Findings, findingsOf, type Wishes } from './findings.ts';
import { gather } from './gather.ts';
import { rightTo } from './places.ts';
import type { Step } from './plan.ts';
import { endText, exitCodeOf, jsonOf, type Outcome, planText } from './report.ts';
import * as texts from './tell.ts';
import { valuesFrom } from './values.ts';

export type SetupOptions = Wishes & {
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly json: boolean;
};

const CALL_MS = 30_000;

/**
 * Brings the definitions in `portal/` into Port. Changes only what it made, what it is told to take over, and what it
 * is told to translate; deletes nothing. Throws UsageError, ConfigError, and what Port's client throws.
 */
export async function setupPort(host: Host, options: SetupOptions): Promise<ExitCode> {
  const settings = parsePortalSettings(host.env, host.readFile);
  const directory = path.join(host.root, 'portal');
  const definitions = readDefinitions(directory, settings, valuesFrom(settings), options.prefix);
  const port = new PortDefinitions({
    apiUrl: settings.PORT_API_URL,
    clientId: settings.PORT_CLIENT_ID,
    clientSecret: settings.PORT_CLIENT_SECRET,
    clock: host.clock,
    timeoutMs: CALL_MS,
    redactor: new Redactor(settings.secrets.reveal()),
  });
  const find = async (): Promise<Findings> =>
    findingsOf(await gather(port, definitions), definitions, settings, options);
  try {
    return await carryOut(host, options, settings, port, find);
  } finally {
    await port.close();
  }
}

async function carryOut(
  host: Host,
  options: SetupOptions,
  settings: PortalSettings,
  port: PortDefinitions,
  find: () => Promise<Findings>,
): Promise<ExitCode> {
  const found = foundOutcome(await find(), options.dryRun);
  if (!options.json) host.say(planText(found, host.isTerminal));
  if (options.dryRun || !found.steps.some(isToDo)) return tell(host, options, found);
  if (!(await isAgreed(host, options, settings))) return tell(host, options, { ...found, isRefused: true });

  const done = await act(port, found.steps);
  const otherwise = done.some(({ isLast }) => isLast) ? [] : stillDifferent(await find(), done);
  const lacked = done.flatMap(({ missingRight }) => missingRight ?? []);
  const missingRights = [...new Set([...found.missingRights, ...lacked])];
  return tell(host, options, { ...found, done, missingRights, otherwise });
}

/** What Port took and shows otherwise all the same: a second run would find something to do. */
function stillDifferent({ steps }: Findings, done: readonly Done[]): string[] {
  const taken = new Set(done.filter(({ failure }) => failure === undefined).map(({ step }) => nameOf(step)));
  return steps.filter((step) => isToDo(step) && taken.has(nameOf(step))).map(texts.otherwiseText);
}

function foundOutcome(findings: Findings, isDryRun: boolean): Outcome {
  const unseen = findings.steps.filter(({ outcome }) => outcome === 'forbidden');
  const missingRights = [...new Set(unseen.map(({ kind }) => rightTo('read', kind)))];
  return { ...findings, missingRights, done: [], otherwise: [], isDryRun, isRefused: false };
}

function tell(host: Host, { json }: SetupOptions, outcome: Outcome): ExitCode {
  host.say(json ? jsonOf(outcome) : endText(outcome));
  return exitCodeOf(outcome);
}

/** Whether it may be applied: said beforehand, or by the person at the terminal. */
async function isAgreed(
  host: Host,
  { yes, json }: SetupOptions,
  { PORT_API_URL: url }: PortalSettings,
): Promise<boolean> {
  if (yes) return true;
  if (json || !host.isTerminal) {
    host.complain(texts.NEEDS_YES);
    return false;
  }
  if (await host.confirm(`Apply this to the organisation at ${url}?`)) return true;
  host.complain(texts.DECLINED);
  return false;
}

function nameOf({ kind, identifier }: Step): string {
  return `${kind} ${identifier}`;
}
