import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findTool } from '../support/tools.ts';

const promtool = findTool('promtool');

/** What it prints. Throws with that where it finds a fault. */
function run(...args: readonly string[]): string {
  return execFileSync(promtool ?? '', args, { cwd: 'deploy/prometheus', encoding: 'utf8' });
}

describe.skipIf(promtool === undefined)('Prometheus', () => {
  it('takes the configuration, and the rules that it names', () => {
    expect(run('check', 'config', 'prometheus.yml')).toContain('1 rule files found');
    expect(run('check', 'rules', 'rules.yml')).toContain('SUCCESS');
  });

  it.each(globSync('tests/*.test.yml', { cwd: 'deploy/prometheus' }))('alerts as %s says', (file) => {
    expect(run('test', 'rules', file)).toContain('SUCCESS');
  });
});
