import { auditKey } from '../../ledger/audit-chain.ts';
import { type EvidenceFacts, type EvidenceVerdict, verifyPack } from '../../ledger/evidence-pack.ts';
import type { Register } from './index.ts';

const HELP = `
Looks at the file alone, without a bridge. With AUDIT_KEY it also finds a pack that somebody else made.

Ends with 0 where the pack is as the bridge made it, and with 1 where it is not.`;

/** `changebridge evidence verify FILE`. */
export const evidence: Register = (program, host, end) => {
  const group = program
    .command('evidence')
    .description('Looks at what the bridge attached to a change about its deployment.');
  group
    .command('verify <file>')
    .description('Finds what was altered in an evidence pack, and tells what it says.')
    .option('--json', 'tell it as JSON')
    .addHelpText('after', HELP)
    .action((file: string, { json = false }: { json?: boolean }) => {
      const keys = (host.env['AUDIT_KEY'] ?? '').split(',').map((key) => key.trim());
      const verdict = verifyPack(host.readFile(file), keys.filter((key) => key !== '').map(auditKey));
      host.say(json ? `${JSON.stringify(verdict, undefined, 2)}\n` : verdictText(verdict));
      end(verdict.findings.length === 0 ? 0 : 1);
    });
};

function verdictText({ findings, notes, facts }: EvidenceVerdict): string {
  const begin = findings.length === 0 ? 'The pack is as it was made.' : 'The pack is not as it was made.';
  const lines = [begin, ...findings.map((text) => `  ${text}`), ...notes.map((text) => `  ${text}`)];
  return `${[...lines, ...(facts === undefined ? [] : factLines(facts))].join('\n')}\n`;
}

function factLines({
  change,
  requested_by: who,
  decision,
  deployment,
  checks,
  audit,
}: EvidenceFacts): string[] {
  const words = decision.words === null ? '' : `: ${decision.words}`;
  return [
    `${change.number}, requested by ${who ?? 'nobody known'}`,
    `${decision.decision} by ${decision.by ?? 'nobody known'}${words} (seen ${decision.seen_at})`,
    `pipeline ${deployment.pipeline} ended as "${deployment.outcome}" at ${deployment.ended_at}, commit ${deployment.commit ?? 'not known'}`,
    `${checks.length} checks, ${audit.length} entries of the audit log`,
  ];
}
