import { globSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseConfig } from '../../bridge/config.ts';
import { fileNames, read, ROOT } from './documents.ts';

/** A route of the bridge: its method and its path, with a name in braces for each part that varies. */
export type Route = { readonly method: string; readonly path: string };

/** What the documents speak of, as the code has it. */
export type Facts = {
  readonly settings: ReadonlySet<string>;
  /** Variables of the example pipelines: they look like settings. */
  readonly variables: ReadonlySet<string>;
  readonly routes: readonly Route[];
  /** npm scripts by package: '' is the root. */
  readonly scripts: ReadonlyMap<string, ReadonlySet<string>>;
  readonly programs: ReadonlySet<string>;
  readonly fileNames: ReadonlySet<string>;
};

const packageSchema = z.object({
  scripts: z.record(z.string(), z.string()),
  bin: z.record(z.string(), z.string()).optional(),
});

export function gatherFacts(routes: readonly Route[]): Facts {
  const root = packageSchema.parse(JSON.parse(read('package.json')));
  const app = packageSchema.parse(JSON.parse(read('servicenow-app/package.json')));
  const pipelines = globSync('gitlab/**/*.yml', { cwd: ROOT }).map(read).join('\n');
  return {
    settings: settingNames(),
    variables: new Set(pipelines.match(/\b[A-Z][A-Z0-9]*(_[A-Z0-9]+)+\b/g)),
    routes,
    scripts: new Map([
      ['', new Set(Object.keys(root.scripts))],
      ['servicenow-app', new Set(Object.keys(app.scripts))],
    ]),
    programs: new Set([...readdirSync(path.join(ROOT, 'node_modules/.bin')), ...Object.keys(root.bin ?? {})]),
    fileNames: fileNames(),
  };
}

/** Every name that the configuration looks for: an environment that writes down what it is asked. */
function settingNames(): Set<string> {
  const asked = new Set<string>();
  const environment = new Proxy<Record<string, string>>(
    {},
    {
      get(_, name) {
        if (typeof name === 'string') asked.add(name);
        return undefined;
      },
    },
  );
  try {
    parseConfig(environment, () => '');
  } catch {
    // Nothing was set, so it has to complain.
  }
  return new Set([...asked].filter((name) => !name.endsWith('_FILE')));
}

/** Routes as Hono lists them: middleware left out, `:name` as `{name}`, one route for each of `:name{a|b}`. */
export function routesOf(listed: readonly { readonly method: string; readonly path: string }[]): Route[] {
  return listed
    .filter(({ method }) => method !== 'ALL')
    .flatMap(({ method, path: pattern }) => {
      const choice = /:\w+\{([\w|]+)\}/.exec(pattern);
      const paths = choice?.[1]?.split('|').map((each) => pattern.replace(choice[0], each)) ?? [pattern];
      return paths.map((each) => ({ method, path: each.replaceAll(/:(\w+)/g, '{$1}') }));
    });
}
