import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/tools.ts',
    // Node runs the tests' imports itself, as it runs the product's: one resolution, and no transform in between.
    experimental: { viteModuleRunner: false },
    // Servers and browsers start inside tests, on machines that may be busy; no test waits for a time.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
