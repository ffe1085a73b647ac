import { expect, test } from 'vitest';
import { z } from 'zod';
import { read } from './documents.ts';

const FLAG = /--max-semi-space-size=\d+/g;

test('npm start, the image and the measurements run the bridge with the same flags', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')));
  const flags = scripts['start']?.match(FLAG);
  expect(flags).toHaveLength(1);
  expect(read('Dockerfile').match(FLAG)).toEqual(flags);
  expect(read('bench/processes/bridge.ts').match(FLAG)).toEqual(flags);
});
