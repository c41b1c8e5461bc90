import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { COMPILE_CACHE } from './test/support/compile-cache.ts';
import { LongestFirst } from './test/support/longest-first.ts';

// The workers get it from here.
Object.assign(process.env, COMPILE_CACHE);

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/tools.ts',
    // Node runs the tests' imports itself, as it runs the product's: one resolution, and no transform in between.
    experimental: { viteModuleRunner: false },
    // Most tests wait for servers and browsers: one file more than there are cores keeps them busy.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // Processes, servers and browsers start inside tests, on machines that may be busy. No test waits for these times.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
  },
});
