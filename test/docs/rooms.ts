/** A file of a room, what it may import, and what it may not. */
export type Wall = {
  readonly file: string;
  readonly allowed: readonly string[];
  readonly forbidden: readonly string[];
};

const OUTSIDE = ['sandbox', 'stage', 'test', 'tools', 'bench'];
export const outside = (up: string): string[] => OUTSIDE.map((folder) => `${up}${folder}/x.ts`);
const siblings = (up: string, names: readonly string[]): string[] => names.map((name) => `${up}${name}/x.ts`);
const rooms = (but: readonly string[]): string[] =>
  ['model', 'ledger', 'outbound', 'http', 'intake', 'inbound', 'flows', 'operator'].filter(
    (room) => !but.includes(room),
  );

export const WALLS: readonly Wall[] = [
  {
    file: 'bridge/model/x.ts',
    allowed: ['./change.ts', 'zod'],
    forbidden: [
      ...siblings('../', rooms(['model'])),
      '../config.ts',
      '../../queue/x.ts',
      'ioredis',
      'node:fs',
      'hono',
    ],
  },
  {
    file: 'bridge/ledger/x.ts',
    allowed: ['./store.ts', '../model/change.ts', 'ioredis', 'zod', 'node:crypto'],
    forbidden: [
      ...siblings('../', rooms(['model', 'ledger'])),
      '../config.ts',
      '../log.ts',
      '../../queue/x.ts',
      'bullmq',
    ],
  },
  {
    file: 'bridge/outbound/x.ts',
    allowed: ['./http.ts', '../model/errors.ts', 'undici', 'zod'],
    forbidden: [
      ...siblings('../', rooms(['model', 'outbound'])),
      '../config.ts',
      '../../queue/x.ts',
      'ioredis',
      'bullmq',
    ],
  },
  {
    file: 'bridge/http/x.ts',
    allowed: ['./problem.ts', '../model/jobs.ts', '../config.ts', '../log.ts', 'hono'],
    forbidden: [
      ...siblings('../', rooms(['model', 'http'])),
      '../service.ts',
      '../../queue/x.ts',
      'ioredis',
      'bullmq',
    ],
  },
  {
    file: 'bridge/intake/x.ts',
    allowed: ['./portal.ts', ...siblings('../', ['ledger', 'model']), 'zod'],
    forbidden: [
      ...siblings('../', rooms(['model', 'ledger', 'intake'])),
      '../config.ts',
      '../log.ts',
      '../../queue/x.ts',
      'ioredis',
      'undici',
      'hono',
      'bullmq',
    ],
  },
  {
    file: 'bridge/inbound/x.ts',
    allowed: [
      './accept.ts',
      ...siblings('../', ['http', 'intake', 'ledger', 'model']),
      '../config.ts',
      '../log.ts',
      'hono',
    ],
    forbidden: [
      ...siblings('../', rooms(['model', 'http', 'intake', 'ledger', 'inbound'])),
      '../service.ts',
      '../../queue/x.ts',
      'undici',
      'bullmq',
    ],
  },
  {
    file: 'bridge/operator/x.ts',
    allowed: ['./page.ts', ...siblings('../', ['http', 'ledger', 'model']), '../../queue/queues.ts', 'hono'],
    forbidden: [
      ...siblings('../', rooms(['model', 'http', 'ledger', 'operator'])),
      '../service.ts',
      '../../queue/connection.ts',
      'undici',
      'bullmq',
    ],
  },
  {
    file: 'bridge/operator/presenters/x.ts',
    allowed: ['./time.ts', '../page.ts', ...siblings('../../', ['http', 'ledger', 'model'])],
    forbidden: [
      ...siblings('../../', rooms(['model', 'http', 'ledger', 'operator'])),
      '../../../queue/queues.ts',
    ],
  },
  {
    file: 'bridge/flows/x.ts',
    allowed: ['./shared/flow.ts', ...siblings('../', ['ledger', 'outbound', 'model'])],
    forbidden: [
      './gate.ts',
      './reconcile/servicenow.ts',
      './index.ts',
      ...siblings('../', ['http', 'inbound', 'operator']),
      '../config.ts',
      '../../queue/queues.ts',
      'bullmq',
    ],
  },
  {
    file: 'bridge/flows/room/x.ts',
    allowed: [
      './plan.ts',
      '../shared/flow.ts',
      ...siblings('../../', ['intake', 'ledger', 'outbound', 'model']),
    ],
    forbidden: [
      '../gate.ts',
      '../index.ts',
      '../reconcile/servicenow.ts',
      ...siblings('../../', ['http', 'inbound', 'operator']),
      '../../config.ts',
      '../../../queue/queues.ts',
      'bullmq',
    ],
  },
  {
    file: 'bridge/cli/x.ts',
    allowed: [
      './host.ts',
      './commands/index.ts',
      ...siblings('../', ['outbound', 'model']),
      '../config.ts',
      'commander',
    ],
    forbidden: [
      ...siblings('../', rooms(['model', 'outbound'])),
      '../service.ts',
      '../../queue/x.ts',
      'ioredis',
      'hono',
    ],
  },
  {
    file: 'bridge/cli/room/x.ts',
    allowed: [
      './plan.ts',
      '../host.ts',
      ...siblings('../../', ['outbound', 'model']),
      '../../config.ts',
      'zod',
    ],
    forbidden: [
      ...siblings('../../', rooms(['model', 'outbound'])),
      '../../service.ts',
      '../../../queue/x.ts',
      'bullmq',
    ],
  },
  {
    file: 'bridge/flows/shared/x.ts',
    allowed: [
      './flow.ts',
      '../index.ts',
      ...siblings('../../', ['ledger', 'outbound', 'model']),
      '../../log.ts',
    ],
    forbidden: [
      '../gate.ts',
      '../reconcile/servicenow.ts',
      '../../http/x.ts',
      '../../config.ts',
      '../../../queue/x.ts',
    ],
  },
  {
    file: 'bridge/flows/index.ts',
    allowed: ['./gate.ts', './reconcile/index.ts', './shared/flow.ts'],
    forbidden: ['../ledger/x.ts', '../outbound/x.ts', '../service.ts', '../../queue/queues.ts'],
  },
  {
    file: 'bridge/service.ts',
    allowed: ['./app.ts', './flows/index.ts', '../queue/queues.ts'],
    forbidden: [...outside('../'), 'bullmq', 'node:process'],
  },
  {
    file: 'queue/x.ts',
    allowed: ['./queues.ts', 'bullmq', 'ioredis', 'zod'],
    forbidden: ['../bridge/model/errors.ts', '../bridge/flows/index.ts', ...outside('../'), 'node:process'],
  },
  {
    // It starts and ends a process of its own.
    file: 'queue/redis-server.ts',
    allowed: ['./connection.ts', 'node:process'],
    forbidden: ['../bridge/config.ts', ...outside('../')],
  },
  {
    file: 'sandbox/port/api/x.ts',
    allowed: ['./app.ts', '../state/store.ts', '../../lib/faults.ts', 'hono', 'node:process'],
    forbidden: [
      '../../../bridge/model/change.ts',
      '../../../queue/queues.ts',
      '../../../stage/stage.ts',
      '../../../test/x.ts',
    ],
  },
  {
    file: 'sandbox/port/server.ts',
    allowed: ['./options.ts', '../lib/listen.ts'],
    forbidden: [
      '../../bridge/model/change.ts',
      '../../queue/queues.ts',
      '../../stage/stage.ts',
      '../../test/x.ts',
    ],
  },
];
