import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Cluster, Redis } from 'ioredis';

/** What a script is called with, by the names of its header. A list is for a name that ends in dots, the last one. */
export type ScriptInput = Readonly<Record<string, string | number | readonly (string | number)[]>>;

/** Runs one Lua script atomically and answers what it answers. Throws an Error where a name is missing or unknown. */
export type Script = (input: ScriptInput) => Promise<unknown>;

/**
 * The ledger's hold on Redis: every key under one prefix. The prefix carries a hash tag, so that a script may
 * touch several keys on a Redis Cluster.
 */
export type Store = {
  readonly redis: Redis | Cluster;
  readonly key: (...parts: readonly string[]) => string;
  /** The script `lua/<name>.lua`. Names of its KEYS are short: they get the ledger's prefix. */
  readonly script: (name: string) => Script;
};

export function createStore(redis: Redis | Cluster, prefix: string): Store {
  const key = (...parts: readonly string[]): string => `{${prefix}}:ledger:${parts.join(':')}`;
  return { redis, key, script: (name) => createScript(redis, key, readScript(name)) };
}

/** A script as its file tells it: `keys` and `args` are the names in its header, in order. */
export type ScriptFile = {
  readonly name: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** The text that Redis runs: the header's names as locals, then the file's own lines. */
  readonly lua: string;
};

/** Reads `lua/<name>.lua`. Throws an Error where its header does not name KEYS, ARGV and the answer. */
export function readScript(name: string): ScriptFile {
  const text = readFileSync(new URL(`./lua/${name}.lua`, import.meta.url), 'utf8');
  const keys = namesIn(text, 'KEYS');
  const args = namesIn(text, 'ARGV');
  if (keys === undefined || args === undefined || !/^-- Answer: \S/m.test(text)) {
    throw new Error(`${name}.lua has no header with the lines "-- KEYS:", "-- ARGV:" and "-- Answer:".`);
  }
  const lua = [...locals('KEYS', keys), ...locals('ARGV', args), ...includes(text), text].join('\n');
  return { name, keys, args, lua };
}

/** What several scripts share, from `lua/include`. */
function includes(text: string): string[] {
  const names = namesIn(text, 'Include') ?? [];
  return names.map((name) => readFileSync(new URL(`./lua/include/${name}.lua`, import.meta.url), 'utf8'));
}

function namesIn(text: string, table: 'KEYS' | 'ARGV' | 'Include'): string[] | undefined {
  const line = new RegExp(`^-- ${table}:(.*)$`, 'm').exec(text)?.[1];
  return line
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'none');
}

/** `a, b, rest...` becomes `local a, b, rest = KEYS[1], KEYS[2], {unpack(KEYS, 3)}`. */
function locals(table: 'KEYS' | 'ARGV', names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const values = names.map((name, at) =>
    isList(name) ? `{unpack(${table}, ${at + 1})}` : `${table}[${at + 1}]`,
  );
  return [`local ${names.map(bare).join(', ')} = ${values.join(', ')}`];
}

function isList(name: string): boolean {
  return name.endsWith('...');
}

function bare(name: string): string {
  return isList(name) ? name.slice(0, -3) : name;
}

function createScript(redis: Redis | Cluster, key: Store['key'], file: ScriptFile): Script {
  const sha = createHash('sha1').update(file.lua).digest('hex');
  const known = new Set([...file.keys, ...file.args].map(bare));
  const take = (input: ScriptInput, name: string): readonly (string | number)[] => {
    const value = input[bare(name)];
    if (value === undefined) throw new Error(`${file.name}.lua was not given ${bare(name)}.`);
    return typeof value === 'object' ? value : [value];
  };
  return async (input) => {
    for (const name of Object.keys(input)) {
      if (!known.has(name)) throw new Error(`${file.name}.lua has no ${name}.`);
    }
    const keys = file.keys.flatMap((name) => take(input, name)).map((name) => key(String(name)));
    const args = file.args.flatMap((name) => take(input, name));
    try {
      return await redis.evalsha(sha, keys.length, ...keys, ...args);
    } catch (error) {
      // A Redis that is new, or was restarted, does not know its scripts yet.
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return redis.eval(file.lua, keys.length, ...keys, ...args);
    }
  };
}

/** The answers of a pipeline; throws the first error among them. */
export function resultsOf(answers: [Error | null, unknown][] | null): unknown[] {
  return (answers ?? []).map(([error, answer]) => {
    if (error !== null) throw error;
    return answer;
  });
}
