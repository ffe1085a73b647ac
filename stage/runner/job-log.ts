export type Outcome = 'passed' | 'warning' | 'failed';

const WORDS: Readonly<Record<string, Outcome>> = { PASS: 'passed', WARN: 'warning', FAIL: 'failed' };

/** Reads what gitlab-ci-local prints: each line begins with its job's name, and the end tells how each job ended. */
export class JobLog {
  text = '';
  readonly #onLine: (job: string, line: string) => void;
  readonly #begun: string[] = [];
  #rest = '';

  constructor(onLine: (job: string, line: string) => void = () => {}) {
    this.#onLine = onLine;
  }

  add(part: string): void {
    this.text += part;
    const lines = (this.#rest + withoutColours(part)).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#tell(line);
  }

  outcomes(): Record<string, Outcome> {
    const found: Record<string, Outcome> = {};
    const told = withoutColours(this.text).matchAll(/^ (PASS|WARN|FAIL) {2}(\S+(?: \S+)*)/gm);
    for (const [, word = '', name = ''] of told) {
      const outcome = WORDS[word];
      if (outcome !== undefined && !name.startsWith('Avoid')) found[name] = outcome;
    }
    return found;
  }

  #tell(line: string): void {
    const begins = /^(\S+(?: \S+)*) +starting shell \(.*\)$/.exec(line)?.[1];
    if (begins !== undefined) this.#begun.push(begins);
    const job = this.#begun.find((name) => line.startsWith(`${name} `));
    if (job !== undefined) this.#onLine(job, line.slice(job.length).trim());
  }
}

function withoutColours(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/\x1b\[[0-9;]*m/g, '');
}
