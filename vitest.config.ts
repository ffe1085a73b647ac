import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'sandbox/**/*.test.ts', 'servicenow-app/test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    pool: 'forks',
    // Tests mostly wait for processes and timers: two at once use two cores well, and one core too.
    maxWorkers: 2,
    // Not a measure of anything: what a test waits for has a deadline of its own, and a busy machine is slow.
    testTimeout: 180_000,
    hookTimeout: 120_000,
  },
});
