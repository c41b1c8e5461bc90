import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { InvalidConfig, loadConfig } from '../../src/config/config.ts';
import { variables } from '../../src/config/variables.ts';

const FOLDER = 'deploy/kubernetes';
const read = (file: string) => parse(readFileSync(`${FOLDER}/${file}`, 'utf8'));

const kustomization = read('kustomization.yaml');
const deployment = read('deployment.yaml');
const service = read('service.yaml');
const networkPolicy = read('network-policy.yaml');
const disruptionBudget = read('pod-disruption-budget.yaml');
const podMonitor = read('pod-monitor.yaml');
const secret = read('secret.example.yaml');

const { template } = deployment.spec;
const pod = template.spec;
const [container] = pod.containers;
const [configMap] = kustomization.configMapGenerator;
const settings: Record<string, string> = Object.fromEntries(
  configMap.literals.map((line: string) => line.split(/=(.*)/s).slice(0, 2)),
);
const ports: Record<string, number> = Object.fromEntries(
  container.ports.map(({ name, containerPort }: { name: string; containerPort: number }) => [
    name,
    containerPort,
  ]),
);

describe('the Kubernetes manifests', () => {
  it('that can be applied unchanged are all in the kustomization', () => {
    for (const file of kustomization.resources) expect(existsSync(`${FOLDER}/${file}`)).toBe(true);
    expect(kustomization.resources).not.toContain('secret.example.yaml');
  });

  it('select the same pods', () => {
    const { labels } = template.metadata;
    expect(deployment.spec.selector.matchLabels).toEqual(labels);
    expect(service.spec.selector).toEqual(labels);
    expect(disruptionBudget.spec.selector.matchLabels).toEqual(labels);
    expect(networkPolicy.spec.podSelector.matchLabels).toEqual(labels);
    expect(podMonitor.spec.selector.matchLabels).toEqual(labels);
    for (const { labelSelector } of pod.topologySpreadConstraints)
      expect(labelSelector.matchLabels).toEqual(labels);
  });

  it('use the image and the settings of the kustomization', () => {
    expect(kustomization.images[0].name).toBe(container.image);
    expect(container.envFrom).toEqual([
      { configMapRef: { name: configMap.name } },
      { secretRef: { name: secret.metadata.name } },
    ]);
  });

  it('set only variables that the gateway reads, to values that it accepts', () => {
    const names = [...Object.keys(settings), ...Object.keys(secret.stringData)];
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(names));
    const config = loadConfig({
      NODE_ENV: 'production',
      ...settings,
      ABCONNECT_USERNAME: 'user',
      ABCONNECT_PASSWORD: 'password',
      ABCONNECT_CLIENT_ID: 'id',
      ABCONNECT_CLIENT_SECRET: 'secret',
    });
    expect(config.http.host).toBe('0.0.0.0');
    expect(config.upstream.source.kind).toBe('abconnect');
  });

  it('have a placeholder secret that cannot be used by mistake', () => {
    const start = () => loadConfig({ NODE_ENV: 'production', ...settings, ...secret.stringData });
    expect(start).toThrow(InvalidConfig);
    expect(start).toThrow(/REDIS_URL[\s\S]*ADMIN_TOKEN|ADMIN_TOKEN[\s\S]*REDIS_URL/);
    for (const value of Object.values(secret.stringData)) expect(value).toMatch(/^<.* .*>$|^<.*:.*>$/);
  });

  it('agree on the ports', () => {
    expect(ports).toEqual({ http: Number(settings.PORT), metrics: Number(settings.METRICS_PORT) });
    expect(service.spec.ports[0].targetPort).toBe('http');
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'])
      expect(container[probe].httpGet.port).toBe('http');
    expect(template.metadata.annotations['prometheus.io/port']).toBe(settings.METRICS_PORT);
    expect(podMonitor.spec.podMetricsEndpoints[0].port).toBe('metrics');
  });

  it('restart a process only for faults that a restart can fix, and send it requests when it is ready', () => {
    expect(container.startupProbe.httpGet.path).toBe('/healthz');
    expect(container.livenessProbe.httpGet.path).toBe('/healthz');
    expect(container.readinessProbe.httpGet.path).toBe('/readyz');
  });

  it('let only monitoring read metrics, and expose them through no service', () => {
    const allowed = networkPolicy.spec.ingress.map((rule: { from?: object; ports: { port: string }[] }) => ({
      port: rule.ports[0]?.port,
      anyone: rule.from === undefined,
    }));
    expect(allowed).toEqual([
      { port: 'http', anyone: true },
      { port: 'metrics', anyone: false },
    ]);
    expect(service.spec.ports).toHaveLength(1);
  });

  it('give a pod more time to stop than its longest shutdown takes', () => {
    const preStop = Number(container.lifecycle.preStop.exec.command[1]);
    const stopping = (2 * Number(settings.SHUTDOWN_GRACE_MS)) / 1000;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(preStop + stopping);
  });

  it('start node directly, without unneeded rights', () => {
    expect(container).not.toHaveProperty('command');
    expect(pod.securityContext.runAsNonRoot).toBe(true);
    expect(container.securityContext).toMatchObject({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('keep one pod running while another stops', () => {
    expect(deployment.spec.replicas).toBeGreaterThan(disruptionBudget.spec.maxUnavailable);
    expect(deployment.spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
  });
});
