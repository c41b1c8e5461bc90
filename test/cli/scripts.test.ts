import { describe, expect, it } from 'vitest';
import { startProcess } from '../support/process.ts';

describe('npm run simulate', { timeout: 120_000 }, () => {
  it('shows its usage', async () => {
    const { code, stdout, stderr } = await startProcess('scripts/simulate.ts', {}, ['--help']).ended();
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('Usage: npm run simulate');
  });

  it.each([['--sedes', '1'], ['--seed', 'x'], ['1']])(
    'refuses %s in one line and the usage',
    async (...args) => {
      const { code, stdout, stderr } = await startProcess('scripts/simulate.ts', {}, args).ended();
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toContain('Usage: npm run simulate');
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  it('runs one seed', async () => {
    const { code, stdout } = await startProcess('scripts/simulate.ts', {}, ['--seed', '7']).ended();
    expect(code).toBe(0);
    expect(stdout).toContain('seeds 7 to 7: 1 run');
  });
});
