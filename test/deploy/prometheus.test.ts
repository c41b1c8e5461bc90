import { execFileSync, spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createProcessMetrics } from '../../src/telemetry/metrics/process-metrics.ts';
import { metricsOf } from '../support/metrics.ts';
import { findTool } from '../support/tools.ts';

const promtool = findTool('promtool');

/** Its output. Throws with the output if it finds a fault. */
function run(...args: readonly string[]): string {
  return execFileSync(promtool ?? '', args, { cwd: 'deploy/prometheus', encoding: 'utf8' });
}

describe.skipIf(promtool === undefined)('Prometheus', () => {
  it('accepts the configuration and its rule files', () => {
    expect(run('check', 'config', 'prometheus.yml')).toContain('1 rule files found');
    expect(run('check', 'rules', 'rules.yml')).toContain('SUCCESS');
  });

  it('objects to no metric, except to names from prom-client', async () => {
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

  it.each(globSync('tests/*.test.yml', { cwd: 'deploy/prometheus' }))(
    'raises alerts as expected by %s',
    (file) => {
      expect(run('test', 'rules', file)).toContain('SUCCESS');
    },
  );
});
