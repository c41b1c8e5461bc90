import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProcessMetrics } from '../../src/telemetry/metrics/process-metrics.ts';
import { metricsOf } from '../support/metrics.ts';
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

  it('has nothing to say against the metrics but for names that prom-client gives', async () => {
    const { metrics } = metricsOf([], { redis: () => 'up', process: createProcessMetrics(), pollMs: 60_000 });
    const { stdout, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], {
      input: await metrics.text(),
      encoding: 'utf8',
    });
    const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
    expect(lines.map((line) => line.split(' ')[0]).toSorted()).toEqual([
      'nodejs_active_handles_total',
      'nodejs_active_requests_total',
      'nodejs_active_resources_total',
    ]);
  });

  it.each(globSync('tests/*.test.yml', { cwd: 'deploy/prometheus' }))('alerts as %s says', (file) => {
    expect(run('test', 'rules', file)).toContain('SUCCESS');
  });
});
