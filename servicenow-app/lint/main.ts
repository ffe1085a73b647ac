import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { checkRecords, checkScript } from './conditions.ts';
import { readDictionary } from './dictionary.ts';
import { checkEngine } from './engine.ts';
import type { Finding } from './syntax.ts';

/**
 * Every finding in the application under `root`: what the platform's engine refuses in the scripts, and
 * names of fields that do not exist. Throws when a record file cannot be parsed.
 */
export function lintApplication(root: string): Finding[] {
  const scripts = readAll(root, 'src/server');
  const records = readAll(root, 'src/fluent').filter(([file]) => file.endsWith('.now.ts'));
  const dictionary = readDictionary(records.map(([, source]) => source));
  return [
    ...scripts.flatMap(([file, source]) => checkEngine(file, source)),
    ...scripts.flatMap(([file, source]) => checkScript(file, source, dictionary)),
    ...records.flatMap(([file, source]) => checkRecords(file, source, dictionary)),
  ];
}

function readAll(root: string, folder: string): [string, string][] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('generated'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(root, path), readFileSync(path, 'utf8')]);
}

if (import.meta.main) {
  const findings = lintApplication(join(import.meta.dirname, '..'));
  for (const { file, line, message } of findings) process.stderr.write(`${file}:${line}  ${message}\n`);
  if (findings.length > 0) {
    process.stderr.write(
      `Findings: ${findings.length}. The platform would refuse or ignore these: change them.\n`,
    );
    process.exitCode = 1;
  } else {
    process.stdout.write('The platform can run every script, and every condition names fields that exist.\n');
  }
}
