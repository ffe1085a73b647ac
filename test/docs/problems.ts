import path from 'node:path';
import { anchorsOf, type Code, codeOf, type Document, exists, linksOf, read } from './documents.ts';
import type { Facts, Route } from './facts.ts';

/** Files of other repositories, of a running bridge, or that the reader is asked to make. */
const ELSEWHERE = new Set([
  '.env',
  '.data/redis',
  '.gitlab-ci.yml',
  '.changebridge/gate',
  'servicenow-app/dist/',
  'servicenow-app/target/',
  'target/',
  'project-check.ts',
  'project-check.test.ts',
  'test/operator/project-check.test.ts',
  'coverage.txt',
]);
const EXTENSIONS = /\.(ts|js|mjs|json|md|lua|yml|yaml|css|png|sh)$/;
const FOLDERS = /^(bridge|queue|sandbox|stage|bench|test|tools|docs|portal|gitlab|servicenow-app|\.ci)\//;
const NPM_WORDS = new Set(['ci', 'install', 'test', 'start', 'run', 'exec']);
const ROUTE_HEADS = 'v1|webhooks|docs|livez|readyz|health|metrics';

/** Everything that a document says of the code and that is not so; one sentence each. */
export function problemsOf(document: Document, facts: Facts): string[] {
  const code = codeOf(document);
  const problems = [
    ...code.flatMap((each) => wrongPaths(document, each, facts)),
    ...code.flatMap((each) => wrongCommands(document, each, facts)),
    ...(isOfStandIn(document) ? [] : [...wrongRoutes(code, facts), ...wrongSettings(document, code, facts)]),
    ...wrongLinks(document),
    ...machinePaths(document),
  ];
  return [...new Set(problems)].map((problem) => `${document.name}: ${problem}`);
}

/** A stand-in's README speaks of the routes and options of the stand-in. */
function isOfStandIn({ name }: Document): boolean {
  return name.startsWith('sandbox/');
}

function wrongPaths(document: Document, { text }: Code, facts: Facts): string[] {
  const words = text.split(/[\s,;()"'=|]+/).map((word) => word.replace(/[.:]$/, ''));
  return words
    .filter((word) => /^[\w.*{}<>…/-]+$/.test(word) && !word.startsWith('/') && !ELSEWHERE.has(word))
    .filter((word) => FOLDERS.test(word) || EXTENSIONS.test(word) || /^[\w-][\w./-]*\/$/.test(word))
    .filter((word) => !exists(document, word) && !(facts.fileNames.has(word) && !word.includes('/')))
    .map((word) => `there is no ${word}`);
}

function wrongCommands({ name }: Document, { text }: Code, facts: Facts): string[] {
  const problems: string[] = [];
  const here = facts.scripts.get(path.dirname(name));
  for (const [, word = ''] of text.matchAll(/\bnpm ([a-z]\w*)/g))
    if (!NPM_WORDS.has(word)) problems.push(`npm has no command ${word} here`);
  for (const [, script = '', rest = ''] of text.matchAll(/\bnpm run (?:--silent )?([\w:-]+)([^&|;]*)/g)) {
    const workspace = /(?:-w|--workspace)[ =](\S+)/.exec(rest)?.[1] ?? '';
    const isThere =
      facts.scripts.get(workspace)?.has(script) === true || (workspace === '' && here?.has(script) === true);
    if (!isThere)
      problems.push(`there is no npm script ${script}${workspace === '' ? '' : ` in ${workspace}`}`);
  }
  for (const [, program = ''] of text.matchAll(/\bnpx ([\w@/-]+)/g))
    if (!facts.programs.has(program)) problems.push(`npx finds no program ${program}`);
  return problems;
}

/** A mention of a route; the method is '' where none stands before it. */
export function routesIn(code: readonly Code[]): Route[] {
  const mention = new RegExp(
    `(?:\\b(GET|POST|PUT|PATCH|DELETE) +)?(?<![\\w.:/])(?:\\$BRIDGE)?(/(?:${ROUTE_HEADS})(?:/[^\\s?#"'\`]*)?)(?![\\w-])`,
    'g',
  );
  const other = /\b(GET|POST|PUT|PATCH|DELETE) +(\/[^\s?#"'`]*)/g;
  return code
    .map(({ text }) => text.replaceAll(/\$\{\w+\}|https?:\/\/[^\s/]+/g, '').replaceAll(/\{[^}]*\}/g, '{}'))
    .flatMap((text) => [...text.matchAll(mention), ...text.matchAll(other)])
    .map(([, method = '', route = '']) => ({ method, path: route }))
    .filter((route) => route.path !== '/v1' && !route.path.startsWith('/api/'));
}

/** Whether a mention means this route. */
export function means(mention: Route, route: Route): boolean {
  const pattern = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  return (mention.method === '' || mention.method === route.method) && pattern.test(mention.path);
}

function wrongRoutes(code: readonly Code[], facts: Facts): string[] {
  return routesIn(code)
    .filter((mention) => !facts.routes.some((route) => means(mention, route)))
    .map(({ method, path: route }) => `there is no route ${method} ${route}`);
}

function wrongSettings({ text }: Document, code: readonly Code[], facts: Facts): string[] {
  const prefixes = new Set([...facts.settings].map((name) => name.slice(0, name.indexOf('_') + 1)));
  const named = code.flatMap((each) => each.text.match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? []);
  const listed = [...text.matchAll(/^\| `([A-Z][A-Z0-9_]+)`/gm)].map(([, name = '']) => name);
  const suspects = [
    ...named.filter((name) => [...prefixes].some((prefix) => name.startsWith(prefix))),
    ...listed,
  ];
  return suspects
    .filter((name) => !facts.settings.has(name.replace(/_FILE$/, '')) && !facts.variables.has(name))
    .map((name) => `there is no setting ${name}`);
}

function wrongLinks(document: Document): string[] {
  const problems: string[] = [];
  for (const link of linksOf(document)) {
    if (/^(https?|mailto):/.test(link)) continue;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? document.name : path.join(path.dirname(document.name), file);
    if (file !== '' && !exists({ name: 'README.md', text: '' }, target))
      problems.push(`a link leads nowhere: ${link}`);
    else if (anchor !== undefined && !anchorsOf(file === '' ? document.text : read(target)).includes(anchor))
      problems.push(`a link leads to no heading: ${link}`);
  }
  return problems;
}

function machinePaths({ text }: Document): string[] {
  const found = text.match(/(?<![\w.:/}>])\/(?:home|root|Users|tmp|work|mnt|opt|srv|var)\/[\w.-]+/g) ?? [];
  return found.map((each) => `${each} is a path of somebody's machine`);
}

/** What the code has and no document names. */
export function undocumented(documents: readonly Document[], facts: Facts): string[] {
  const code = documents.filter((document) => !isOfStandIn(document)).flatMap(codeOf);
  const all = code.map(({ text }) => text).join('\n');
  const mentions = routesIn(code);
  const scripts = [...(facts.scripts.get('') ?? [])].filter(
    (script) => !new RegExp(`\\bnpm (run )?${script}(?![\\w:-])`).test(all),
  );
  const settings = [...facts.settings].filter((name) => !new RegExp(`\\b${name}\\b`).test(all));
  const routes = facts.routes.filter(
    (route) => !mentions.some((mention) => mention.method !== '' && means(mention, route)),
  );
  return [
    ...scripts.map((script) => `no document names the npm script ${script}`),
    ...settings.map((name) => `no document names the setting ${name}`),
    ...routes.map(({ method, path: route }) => `no document names the route ${method} ${route}`),
  ];
}
