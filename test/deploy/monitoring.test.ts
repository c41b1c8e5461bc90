import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  readonly image?: string;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly volumes?: readonly string[];
}

const read = (path: string) => parse(readFileSync(path, 'utf8'), { merge: true });
const services: Record<string, Service> = read('docker-compose.yml').services;
const { gateway = {}, prometheus = {}, grafana = {} } = services;

/** The repository paths that are mounted in a container, by mount point. */
function mountsOf({ volumes = [] }: Service): Map<string, string> {
  const mounts = volumes.map((volume) => volume.split(':')).filter(([from]) => from?.startsWith('./'));
  return new Map(mounts.map(([from = '', to = '']) => [to, from]));
}

describe('the monitoring of docker-compose.yml', () => {
  it('starts only on request', () => {
    const byProfile = Object.groupBy(Object.keys(services), (name) =>
      String(services[name]?.profiles ?? 'always'),
    );
    expect(byProfile).toMatchObject({ always: ['gateway', 'redis'], monitoring: ['prometheus', 'grafana'] });
  });

  it('pins the version of each image', () => {
    for (const { image } of [prometheus, grafana]) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
  });

  it('listens on the loopback address only', () => {
    for (const { ports = [] } of [prometheus, grafana])
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it('requires a login for Grafana', () => {
    expect(Object.keys(grafana.environment ?? {}).filter((name) => /ANONYMOUS|SIGN_UP/.test(name))).toEqual(
      [],
    );
  });

  it('scrapes the metrics port of each gateway, which is not published', () => {
    const port = gateway.environment?.METRICS_PORT;
    const { scrape_configs } = read('deploy/prometheus/prometheus.yml');
    const names = Object.keys(services).filter((name) => services[name]?.environment?.METRICS_PORT);
    expect(scrape_configs[0].dns_sd_configs).toMatchObject([{ names, type: 'A', port }]);
    for (const name of names) expect(services[name]?.ports?.join()).not.toContain(String(port));
  });

  it('mounts existing paths, and reads them from their mount points', () => {
    const mounts = mountsOf(grafana);
    for (const from of [...mounts.values(), ...mountsOf(prometheus).values()])
      expect(existsSync(from)).toBe(true);
    const { providers } = read('deploy/grafana/provisioning/dashboards/catalog-gateway.yml');
    const dashboards = providers[0].options.path;
    expect(mounts.get(dashboards)).toBe('./deploy/grafana/dashboards');
    expect(grafana.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
      `${dashboards}/catalog-gateway.json`,
    );
  });

  it('connects Grafana to its Prometheus', () => {
    const { datasources } = read('deploy/grafana/provisioning/datasources/prometheus.yml');
    expect(datasources[0]).toMatchObject({ url: 'http://prometheus:9090', isDefault: true });
  });
});
