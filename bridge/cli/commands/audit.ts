import { z } from 'zod';
import { auditKey } from '../../ledger/audit-chain.ts';
import { AuditCheck, type LoggedEntry } from '../../ledger/audit-check.ts';
import { bridgeClient } from '../bridge-client.ts';
import type { Host } from '../host.ts';
import type { Register } from './index.ts';

type ExportOptions = {
  readonly change?: string;
  readonly from?: string;
  readonly until?: string;
  readonly format: string;
  readonly output?: string;
};
type VerifyOptions = { readonly file?: string; readonly log?: string; readonly json?: boolean };
type Verdict = {
  readonly intact: boolean;
  readonly entries: number;
  readonly last: string;
  readonly findings: readonly { readonly at: number; readonly text: string }[];
};

const loggedSchema = z.object({ audit: z.object({ n: z.number(), hash: z.string() }) });
const verdictSchema = z.object({
  intact: z.boolean(),
  entries: z.number(),
  last: z.string(),
  findings: z.array(z.object({ at: z.number(), text: z.string() })),
});

const VERIFY_HELP = `
Without --file the running bridge is asked, which has the key; with --file or --log the log is walked here, and AUDIT_KEY
has to be set. --log takes what the bridge wrote to its own log: only against that a cut end, or a log that was rebuilt
with the key, is found.

Ends with 0 where the log is as it was written, and with 1 where it is not, or could not be looked at.`;

/** `changebridge audit export` and `changebridge audit verify`. */
export const audit: Register = (program, host, end) => {
  const group = program
    .command('audit')
    .description('Brings the audit log out of the bridge, and verifies it.');
  group
    .command('export')
    .description('Writes the audit log, oldest first.')
    .option('--change <change>', 'only what is about this change: its number or sys_id')
    .option('--from <time>', 'only from this time on, such as 2026-11-01')
    .option('--until <time>', 'only before this time')
    .option('--format <format>', 'jsonl, which can be verified, or csv for a spreadsheet', 'jsonl')
    .option('--output <file>', 'into this new file')
    .action(async (options: ExportOptions) => {
      await exportLog(host, options);
      end(0);
    });
  group
    .command('verify')
    .description('Finds what was edited, removed, moved or made anew in the audit log.')
    .option('--file <file>', 'an export of the whole log, as JSON lines')
    .option('--log <file>', 'the log that the bridge wrote, as JSON lines')
    .option('--json', 'tell it as JSON')
    .addHelpText('after', VERIFY_HELP)
    .action(async (options: VerifyOptions) => {
      const verdict = await verify(host, options);
      host.say(options.json === true ? `${JSON.stringify(verdict, undefined, 2)}\n` : verdictText(verdict));
      end(verdict.intact ? 0 : 1);
    });
};

async function exportLog(host: Host, { change, from, until, format, output }: ExportOptions): Promise<void> {
  const wanted = { format, change, from, until };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value !== undefined) query.set(name, value);
  const lines = withEnds(bridgeClient(host).lines(`/v1/audit/export?${query.toString()}`));
  if (output !== undefined) return host.writeFile(output, lines);
  for await (const line of lines) host.say(line);
}

async function* withEnds(lines: AsyncGenerator<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

async function verify(host: Host, { file, log }: VerifyOptions): Promise<Verdict> {
  if (file === undefined && log === undefined)
    return bridgeClient(host).get('/v1/audit/verify', verdictSchema);
  const keys = (host.env['AUDIT_KEY'] ?? '').split(',').map((key) => key.trim());
  const check = new AuditCheck(
    keys.filter((key) => key !== '').map(auditKey),
    log === undefined ? [] : await loggedIn(host, log),
  );
  const lines = file === undefined ? bridgeClient(host).lines('/v1/audit/export') : host.readLines(file);
  for await (const line of lines) if (line !== '') check.add(line);
  const { end, findings } = check.end();
  return { intact: findings.length === 0, entries: end.entries, last: end.hash, findings };
}

/** Other lines of the log are passed over. */
async function loggedIn(host: Host, path: string): Promise<LoggedEntry[]> {
  const found: LoggedEntry[] = [];
  for await (const line of host.readLines(path)) {
    if (!line.includes('"audit"')) continue;
    const told = loggedSchema.safeParse(jsonOf(line));
    if (told.success) found.push(told.data.audit);
  }
  if (found.length === 0) throw new Error(`${path} tells of no audit entry: is it the log of the bridge?`);
  return found;
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function verdictText({ intact, entries, last, findings }: Verdict): string {
  const end = `${entries} entries, the last one ${last}.`;
  if (intact) return `The audit log is as it was written: ${end}\n`;
  return `The audit log is not as it was written: ${end}\n${findings.map(({ text }) => `  ${text}\n`).join('')}`;
}
