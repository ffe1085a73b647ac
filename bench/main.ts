import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { ensureAppBuilt } from '../stage/build-app.ts';
import { type Figure, isMet } from './figure.ts';
import { busyShare, QUIET } from './machine.ts';
import { Scope } from './scope.ts';
import type { Section, Size } from './section.ts';
import { decisions } from './sections/decisions.ts';
import { fullSync } from './sections/full-sync.ts';
import { growth } from './sections/growth.ts';
import { ingest } from './sections/ingest.ts';
import { memory } from './sections/memory.ts';
import { resync } from './sections/resync.ts';
import { workers } from './sections/workers.ts';
import { lineOf } from './table.ts';

const SECTIONS: readonly Section[] = [ingest, fullSync, resync, decisions, growth, memory, workers];

const USAGE = `Measures the bridge, as processes between the stand-ins: one line a figure.

  npm run bench -- [section…] [--quick] [--long] [--json]

  section    ${SECTIONS.map(({ name }) => name).join(', ')}; default: all
  --quick    smaller sizes: shows that everything runs, the figures mean little
  --long     ten minutes for the memory section
  --json     the same as JSON

A section that cannot be measured makes the exit code 1. An aim that is not met does not.
Figures mean something on a machine that does nothing else.
`;

type Failure = { readonly section: string; readonly error: string };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
const unknown = positionals.filter((name) => !SECTIONS.some((section) => section.name === name));
if (unknown.length > 0) {
  process.stderr.write(`There is no section ${unknown.join(', ')}.\n\n${USAGE}`);
  process.exit(2);
}

const say = (text: string): void => void process.stderr.write(`… ${text}\n`);
const size: Size = values.quick ? 'quick' : values.long ? 'long' : 'usual';
const chosen = SECTIONS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
const started = Date.now();
/** Which share of the processors others kept busy just before each section. */
const others: number[] = [];
const figures: (Figure & { readonly section: string; readonly met: boolean | null })[] = [];
const failures: Failure[] = [];
/** Nothing takes so long unless it hangs: then the other sections still get their turn. */
const SECTION_MS = size === 'long' ? 1_200_000 : 420_000;
let current = new Scope();
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => void current.close().finally(() => process.exit(130)));
}

ensureAppBuilt(say);
for (const section of chosen) {
  const report = (figure: Figure): void => {
    figures.push({ section: section.name, ...figure, met: isMet(figure) ?? null });
    if (!values.json) console.log(lineOf(figure));
  };
  others.push(await busyShare(1_000));
  current = new Scope();
  try {
    await atMost(SECTION_MS, section.run({ size, scope: current, report, say }));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    failures.push({ section: section.name, error: text });
    if (!values.json) console.log(`${section.name}: could not be measured. ${text}`);
  } finally {
    await current.close();
  }
}

const seconds = Math.round((Date.now() - started) / 1000);
const busyByOthers = Math.max(...others);
const machine = {
  cpus: cpus().length,
  model: cpus()[0]?.model ?? '',
  node: process.version,
  busyByOthers,
};
if (values.json) console.log(JSON.stringify({ size, machine, seconds, figures, failures }, undefined, 2));
else {
  const met = figures.filter((figure) => figure.met === true).length;
  const missed = figures.filter((figure) => figure.met === false).length;
  console.log(
    `${met} met, ${missed} not met, ${failures.length} sections not measured; ${seconds} s, size ${size}, ` +
      `${machine.cpus} cores, Node ${machine.node}`,
  );
  if (busyByOthers > QUIET) {
    console.log(
      `The machine was not quiet (others kept it ${Math.round(busyByOthers * 100)} % busy before a section): ` +
        'these figures are worse than the bridge is.',
    );
  }
}
process.exit(failures.length > 0 ? 1 : 0);

async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`It did not end within ${ms / 1000} s.`)), ms);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
