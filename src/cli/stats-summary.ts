import type { StatsSnapshot } from '../telemetry/metrics/stats-snapshot.ts';

/** The statistics of the admin API, with instants in ISO 8601. */
type GatewayStats = Omit<StatsSnapshot, 'at' | 'startedAt'> & {
  readonly at: string;
  readonly startedAt: string;
  readonly hottest?: readonly { readonly key: string }[];
};

const MIB = 1024 * 1024;
const HOTTEST = 5;

/** The statistics of a gateway, shortened for a terminal. Unknown statistics stay as they are. */
export function summaryOf(stats: Readonly<Record<string, unknown>>): object {
  return isGatewayStats(stats) ? summaryOfGateway(stats) : stats;
}

function isGatewayStats(stats: object): stats is GatewayStats {
  return 'durations' in stats && 'lookups' in stats && 'held' in stats;
}

function summaryOfGateway(stats: GatewayStats): object {
  const { requests, durations, lookups, upstream, stale, held, process, invalidations, warmUp } = stats;
  const { page, ...answers } = requests;
  const answered = Object.values(answers).reduce((sum, count) => sum + count, 0);
  const [invalidation] = invalidations;
  return {
    at: stats.at,
    startedAt: stats.startedAt,
    requests: counts(answers),
    pages: page,
    fromCache: percent(answers.hit + answers.stale, answered),
    'latency p50': quantile(durations, 0.5),
    'latency p99': quantile(durations, 0.99),
    upstream: counts({ calls: upstream.calls, failed: upstream.failures, avoided: upstream.avoided }),
    servedStale: `${stale.served}, in the last minute up to ${Math.round(stale.oldestSeconds)} s past freshness`,
    lookups: Object.fromEntries(Object.entries(lookups).map(([name, each]) => [name, counts(each)])),
    redis: stats.redis,
    held: `${held.entries} entries in ${mib(held.entryBytes)}, ${held.answers} responses in ${mib(held.answerBytes)}`,
    memory: `${mib(process.residentBytes)}, heap ${mib(process.heapBytes)}`,
    lastInvalidation: invalidation && `${invalidation.tags.join(' ').slice(0, 30)} at ${invalidation.at}`,
    warmUp: warmUp && `${warmUp.state}, ${warmUp.sellers} of ${warmUp.total} sellers`,
    hottest: stats.hottest
      ?.slice(0, HOTTEST)
      .map(({ key }) => key.slice(0, 50))
      .join('\n'),
  };
}

function counts(of: object): string {
  return Object.entries(of)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '' : `${((100 * part) / whole).toFixed(1)} %`;
}

/** The upper bound of the bucket that contains the quantile. */
function quantile({ counts, upperBoundsSeconds }: StatsSnapshot['durations'], share: number): string {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return '';
  let below = 0;
  const bucket = counts.findIndex((count) => {
    below += count;
    return below >= share * total;
  });
  const bound = upperBoundsSeconds[bucket];
  if (bound === undefined) return `more than ${upperBoundsSeconds.at(-1)} s`;
  return bound < 1 ? `${Number((bound * 1000).toPrecision(3))} ms` : `${bound} s`;
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}
