import { describe, expect, test, vi } from 'vitest';
import { FLOWS } from '../../bridge/flows/index.ts';
import { operatedBridge } from '../operator/support.ts';
import { type Document, read, readDocuments } from './documents.ts';
import { type Facts, gatherFacts, routesOf } from './facts.ts';
import { problemsOf, undocumented } from './problems.ts';

const listed = vi.hoisted((): { method: string; path: string }[] => []);
// The route list is the app's own, as a bridge that really starts puts it together.
vi.mock('../../bridge/app.ts', async (original) => {
  const app = await original<typeof import('../../bridge/app.ts')>();
  const createApp: typeof app.createApp = (...parts) => {
    const made = app.createApp(...parts);
    listed.push(...made.routes);
    return made;
  };
  return { ...app, createApp };
});

const DOCUMENTS = readDocuments();

let gathered: Promise<Facts> | undefined;
/** Asked for within a test: a bridge ends with the test that started it. */
function facts(): Promise<Facts> {
  gathered ??= operatedBridge().then(() => gatherFacts(routesOf(listed)));
  return gathered;
}

test.each(DOCUMENTS)('$name names nothing that is not there', async (document) => {
  expect(problemsOf(document, await facts())).toEqual([]);
});

test('the documents name every setting, every route and every npm script', async () => {
  expect(undocumented(DOCUMENTS, await facts())).toEqual([]);
});

test('the architecture tells of every flow', () => {
  const architecture = read('docs/architecture.md');
  const untold = FLOWS.filter(({ name }) => !architecture.includes(`| \`${name}\` |`));
  expect(untold.map(({ name }) => name)).toEqual([]);
});

test.each(['.env.example', 'docker-compose.yml'])(
  '%s sets nothing that the bridge does not read',
  async (name) => {
    const { settings } = await facts();
    const set = [...read(name).matchAll(/^ *([A-Z][A-Z0-9_]+)[=:]/gm)].map(([, each = '']) => each);
    expect(set.length).toBeGreaterThan(1);
    expect(set.filter((each) => !settings.has(each))).toEqual([]);
  },
);

test('what the documents are held against is all there', async () => {
  const { settings, routes, scripts } = await facts();
  expect(DOCUMENTS.length).toBeGreaterThan(15);
  expect(settings.size).toBeGreaterThan(20);
  expect([...settings]).toContain('RECONCILE_EVERY_SECONDS');
  expect(routes.length).toBeGreaterThan(20);
  expect(routes).toContainEqual({ method: 'POST', path: '/v1/flows/{flow}/resume' });
  expect(routes).toContainEqual({ method: 'POST', path: '/webhooks/servicenow' });
  expect([...(scripts.get('') ?? [])]).toContain('verify');
});

/** Sentences of a document that goes wrong, and what has to be said of each. */
const LIES: readonly (readonly [sentence: string, problem: string])[] = [
  ['See `bridge/nothing.ts`.', 'there is no bridge/nothing.ts'],
  ['See `test/unit/`, `bridge/nowhere/`.', 'there is no bridge/nowhere/'],
  ['See `sandbox/<name>/nothing.ts`.', 'there is no sandbox/<name>/nothing.ts'],
  ['The store is `stores.ts`.', 'there is no stores.ts'],
  ['Old things are in `attic/`.', 'there is no attic/'],
  ['```sh\nnpm test -- test/unit/nothing.test.ts\n```', 'there is no test/unit/nothing.test.ts'],
  ['Run `npm run nothing`.', 'there is no npm script nothing'],
  ['Run `npm run demo -w servicenow-app`.', 'there is no npm script demo in servicenow-app'],
  ['Run `npm tset`.', 'npm has no command tset here'],
  ['    npx nothing --here', 'npx finds no program nothing'],
  ['Ask `GET /v1/nothing`.', 'there is no route GET /v1/nothing'],
  ['Ask `/v1/changes/{number or sys_id}/story`.', 'there is no route  /v1/changes/{}/story'],
  ['Send `DELETE /v1/changes/{id}`.', 'there is no route DELETE /v1/changes/{}'],
  ['Send `POST /v2/gates`.', 'there is no route POST /v2/gates'],
  ['Set the hook to `${BRIDGE_PUBLIC_URL}/webhooks/nobody`.', 'there is no route  /webhooks/nobody'],
  ['```sh\ncurl $BRIDGE/v1/nothing\n```', 'there is no route  /v1/nothing'],
  ['`BRIDGE_PROT` is the port.', 'there is no setting BRIDGE_PROT'],
  ['| `RECONCIL_EVERY` | 300 | how often |', 'there is no setting RECONCIL_EVERY'],
  ['Read [more](docs/nothing.md).', 'a link leads nowhere: docs/nothing.md'],
  ['Read [more](docs/operating.md#nothing).', 'a link leads to no heading: docs/operating.md#nothing'],
  ['Read [more](#nothing).', 'a link leads to no heading: #nothing'],
  ['![A picture](docs/images/nothing.png)', 'a link leads nowhere: docs/images/nothing.png'],
  ['It lies in `/home/ann/bridge`.', "/home/ann is a path of somebody's machine"],
];

describe('a document that lies is told so', () => {
  test.each(LIES)('%j', async (sentence, problem) => {
    const lie: Document = { name: 'LIES.md', text: `# A document\n\n${sentence}\n` };
    expect(problemsOf(lie, await facts())).toEqual([`LIES.md: ${problem}`]);
  });

  test('and one that tells the truth is not', async () => {
    const truth = `# A document

See \`bridge/main.ts\`, \`main.ts\`, \`bridge/\`, \`test/**/*.test.ts\`, \`sandbox/<name>/server.ts\`, [this](#a-document), [that](docs/operating.md#health).
Run \`npm ci && npm run build -w servicenow-app\`; ask \`GET /v1/changes/{number or sys_id}/timeline\` and \`/readyz?verbose\`.
\`BRIDGE_PORT\`, \`BRIDGE_PORT_FILE\`, \`HTTP_PROXY\`, \`application/json\`, \`PATCH /api/now/table/change_request\`.
`;
    expect(problemsOf({ name: 'TRUTH.md', text: truth }, await facts())).toEqual([]);
  });

  test('and so is what no document names', async () => {
    const known = await facts();
    const settings = new Set([...known.settings, 'BRIDGE_NEW']);
    const routes = [...known.routes, { method: 'GET', path: '/v1/new/{id}' }];
    const scripts = new Map([['', new Set(['test', 'new'])]]);
    expect(undocumented(DOCUMENTS, { ...known, settings, routes, scripts })).toEqual([
      'no document names the npm script new',
      'no document names the setting BRIDGE_NEW',
      'no document names the route GET /v1/new/{id}',
    ]);
  });
});
