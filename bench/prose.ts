const WORDS =
  `the of and to in for is on that with as by at from this will be are after before during all any each new old
change request approval pipeline cluster service release version database schema migration rollback window region
network firewall rule certificate rotation secret gateway queue worker cache index replica primary standby failover
traffic canary percent threshold coverage test report owner team approver engineer support on-call incident risk
impact customer checkout payment catalogue search session login invoice ledger export import batch nightly weekly
deploy restart drain scale verify monitor alert dashboard metric latency error rate timeout retry limit quota backup
restore snapshot volume node pod image registry tag branch commit merge review build artefact staging production
maintenance communication stakeholder downtime expected none minutes hours plan step first second third finally
check confirm notify record attach document evidence result passed failed pending scheduled implemented closed`
    .split(/\s+/)
    .filter((word) => word !== '');

/** A repeatable sequence of 32-bit numbers (mulberry32). */
function sequence(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/**
 * A text of this many characters, the same for the same seed. It compresses about as well as what people write
 * into a change (to some 40 %): a row of one letter would make storage look cheaper than it is.
 */
export function prose(seed: number, length: number): string {
  const next = sequence(seed);
  const parts: string[] = [];
  let written = 0;
  while (written < length) {
    const draw = next();
    const word =
      draw % 9 === 0
        ? `srv-${(draw >>> 8).toString(36)}.example.com`
        : (WORDS[(draw >>> 4) % WORDS.length] ?? '');
    parts.push(word);
    written += word.length + 1;
  }
  return parts.join(' ').slice(0, length);
}
