import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type GatewayEvent, LINES } from '../../src/telemetry/logs/log-events.ts';
import { createProcessMetrics } from '../../src/telemetry/metrics/process-metrics.ts';
import { metricsOf, requestEvent } from '../support/metrics.ts';

interface Rule {
  readonly expr: string;
  readonly alert?: string;
  readonly record?: string;
  readonly annotations?: { readonly runbook: string };
}

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly fieldConfig: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string }[];
}

/** A metric's labels with the observed values. */
type Labels = Map<string, Set<string>>;

const rules: readonly Rule[] = parse(readFileSync('deploy/prometheus/rules.yml', 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);
const dashboard: { readonly panels: readonly Panel[] } = JSON.parse(
  readFileSync('deploy/grafana/dashboards/catalog-gateway.json', 'utf8'),
);
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const operating = readFileSync('docs/operating.md', 'utf8');
const text = await textOfOneOfEach();
const exposed = metricsIn(text);

// Prometheus adds these labels to each scraped series.
const OF_THE_SCRAPE = ['job', 'instance'];

const asked = [
  ...rules.map(({ alert, record, expr }) => ({ by: alert ?? record, expr })),
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ by: title, expr }))),
];

describe('a metric that the alerts and the dashboard query', () => {
  it.each(asked)('exists, for $by', ({ expr }) => {
    const labels = new Set([...OF_THE_SCRAPE, 'le']);
    for (const { name, matchers } of selectorsOf(expr)) {
      const metric = exposed.get(name) ?? exposed.get(name.replace(/_(bucket|sum|count)$/, ''));
      expect(metric, name).toBeDefined();
      for (const label of metric?.keys() ?? []) labels.add(label);
      for (const { label, isMatched } of matchers) {
        if (OF_THE_SCRAPE.includes(label)) continue;
        const values = [...(metric?.get(label) ?? [])];
        expect(values.some(isMatched), `${name} by ${label}, which has ${values}`).toBe(true);
      }
    }
    expect([...labels]).toEqual(expect.arrayContaining(groupingsOf(expr)));
  });

  it('is recorded by a rule if the gateway does not export it, and no recorded series is unused', () => {
    const recorded = rules.flatMap(({ record }) => record ?? []);
    const used = asked.flatMap(({ expr }) => expr.match(/\w+:\w+:\w+/g) ?? []);
    expect([...new Set(used)].toSorted()).toEqual(recorded.toSorted());
  });

  it('is shown with a description and a unit', () => {
    for (const { title, description, fieldConfig } of panels) {
      expect(description, title).toMatch(/\.$/);
      expect(fieldConfig.defaults.unit, title).toBeTruthy();
    }
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('the guide for operators', () => {
  it('has a section for each alert, to which the alert links, and no other alert section', () => {
    const sections = [...operating.matchAll(/^### (CatalogGateway\w+)$/gm)].map(([, name]) => name);
    expect(sections.toSorted()).toEqual(rules.flatMap(({ alert }) => alert ?? []).toSorted());
    for (const { alert, annotations } of rules)
      expect(annotations?.runbook).toBe(alert && `docs/operating.md#${alert.toLowerCase()}`);
  });

  it('has a table of exactly the exported metrics, with their labels', () => {
    const rows = [...operating.matchAll(/^\| `(catalog_gateway_\w+)` +\| ([^|]*)\|/gm)];
    const told = rows.map(([, name, labels = '']) => [
      name,
      [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
    ]);
    const ours = [...exposed].filter(([name]) => name.startsWith('catalog_gateway_'));
    const there = ours.map(([name, labels]) => [name, [...labels.keys()].filter((label) => label !== 'le')]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(there));
  });

  it('describes each metric by its help text', () => {
    const rows = [...operating.matchAll(/^\| `(catalog_gateway_\w+)` +\|[^|]*\| (.*) \|$/gm)];
    const helps = [...text.matchAll(/^# HELP (catalog_gateway_\w+) (.*)\.$/gm)];
    const byName = (found: readonly RegExpMatchArray[]) =>
      Object.fromEntries(found.map(([, name, says]) => [name, says?.replaceAll('`', '')]));
    expect(byName(rows)).toEqual(byName(helps));
  });

  it('has a table of exactly the logged events, with their levels', () => {
    const [, table = ''] = operating.slice(operating.indexOf('## Log lines')).split('| --- | --- | --- |');
    const rows = [...table.matchAll(/^\| (`.*?`) \| ([a-z, ]+) \|/gm)];
    const told = rows.flatMap(([, events = '', levels = '']) =>
      [...events.matchAll(/`([\w-]+)`/g)].map(([, event], index) => {
        const each = levels.split(', ');
        return [event, each[index] ?? each.at(-1)];
      }),
    );
    const there = Object.entries(LINES).map(([event, [level]]) => [event, level]);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(there));
  });
});

/** The metrics that an expression reads, with the matchers of their series, except metrics that other rules record. */
function selectorsOf(expr: string) {
  const pattern = /(?<![\w:])((?:catalog_gateway|process|nodejs)_\w+)(?:\{([^}]*)\})?/g;
  return [...expr.matchAll(pattern)].map(([, name = '', selection = '']) => ({
    name,
    matchers: [...selection.matchAll(/(\w+)(=~?|!=|!~)"([^"]*)"/g)].map(
      ([, label = '', by = '', value = '']) => ({
        label,
        isMatched: matcher(by, value),
      }),
    ),
  }));
}

function matcher(by: string, value: string): (actual: string) => boolean {
  const wanted = new RegExp(`^(?:${value})$`);
  const matches = (actual: string) => (by.endsWith('~') ? wanted.test(actual) : actual === value);
  return (actual) => matches(actual) !== by.startsWith('!');
}

function groupingsOf(expr: string): string[] {
  return [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, labels = '']) => labels.split(/, */));
}

/** The metrics of a gateway that has reported every kind of event. */
function textOfOneOfEach(): Promise<string> {
  const process = createProcessMetrics();
  return metricsOf(oneOfEach(), { redis: () => 'up', process, pollMs: 60_000 }).metrics.text();
}

function metricsIn(text: string): ReadonlyMap<string, Labels> {
  const found = new Map<string, Labels>();
  let current: Labels = new Map();
  // The samples of a metric follow its declaration.
  for (const line of text.split('\n')) {
    const [, declared] = /^# TYPE (\w+) /.exec(line) ?? [];
    if (declared) current = new Map();
    if (declared) found.set(declared, current);
    if (!line.startsWith('#'))
      for (const [, label = '', value = ''] of line.matchAll(/(\w+)="([^"]*)"/g))
        current.set(label, (current.get(label) ?? new Set()).add(value));
  }
  return found;
}

function oneOfEach(): readonly GatewayEvent[] {
  const cause = new Error('down');
  const entries = { keyClass: 'sellers', count: 1 };
  const route = 'GET /Seller';
  const warmUp = { sellers: 1, total: 2, loaded: 1, failed: 1, durationMs: 1 };
  return [
    ...(['hit', 'stale', 'miss', 'bypass', 'failed', 'page'] as const).map((outcome) =>
      requestEvent({ outcome }),
    ),
    requestEvent({ type: 'request-aborted' }),
    { type: 'plan-made', fields: 1 },
    { type: 'executed', by: 'planned' },
    { type: 'hook-refused', requestId: 'r1', why: 'signature' },
    { type: 'admin-refused', requestId: 'r1', delayMs: 0 },
    { type: 'internal-error', cause },
    { type: 'hit-memory', ...entries },
    { type: 'hit-redis', ...entries },
    { type: 'miss', ...entries },
    { type: 'coalesced', ...entries },
    { type: 'fill', ...entries },
    { type: 'stale', ...entries, oldestMs: 1 },
    { type: 'load-failed', ...entries, cause },
    { type: 'store-failed', operation: 'read', keyClass: 'sellers', cause },
    { type: 'lifetime-adapted', keyClass: 'sellers', change: 'longer', freshMs: 1 },
    { type: 'invalidated', tags: ['sellers'], known: 1, source: 'webhook', durationMs: 1 },
    { type: 'invalidation-failed', tags: ['sellers'], source: 'webhook', cause },
    { type: 'upstream-call', route, status: 200, attempt: 1, durationMs: 1, bytes: 1000 },
    { type: 'upstream-call', route, status: 503, attempt: 1, durationMs: 1, bytes: 1000 },
    { type: 'upstream-retry', route, attempt: 1, delayMs: 1, reason: 'status 503' },
    { type: 'upstream-failed', route, code: 'UPSTREAM_REJECTED', reason: 'status 400', durationMs: 1 },
    { type: 'poll-failed', cause },
    { type: 'polled', sellers: 1, catalogs: 1, changes: 1, tags: 1, baseline: false, durationMs: 1 },
    { type: 'warm-up-ended', ...warmUp },
    { type: 'warm-up-failed', cause },
  ];
}
