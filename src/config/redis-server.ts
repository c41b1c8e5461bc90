import type { Settings, Variable } from './variables.ts';

type Given = Readonly<Partial<Record<Variable, unknown>>>;

// Each of these variables locates Redis.
const PLACES = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'] as const satisfies Variable[];
const ACCESS = ['REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_TLS'] as const satisfies Variable[];
const OF_SENTINELS = ['REDIS_SENTINEL_NAME', 'REDIS_SENTINEL_PASSWORD'] as const satisfies Variable[];

/** The address and credentials of Redis; null if none is set. */
export function redisServer(settings: Settings) {
  const access = {
    username: settings.REDIS_USERNAME,
    password: settings.REDIS_PASSWORD,
    tls: settings.REDIS_TLS ?? false,
  };
  if (settings.REDIS_URL) return { kind: 'single' as const, url: settings.REDIS_URL };
  if (settings.REDIS_SENTINELS) {
    return {
      kind: 'sentinel' as const,
      sentinels: present(settings.REDIS_SENTINELS),
      name: settings.REDIS_SENTINEL_NAME ?? '',
      sentinelPassword: settings.REDIS_SENTINEL_PASSWORD,
      access,
    };
  }
  if (!settings.REDIS_CLUSTER_NODES) return null;
  return { kind: 'cluster' as const, nodes: present(settings.REDIS_CLUSTER_NODES), access };
}

/** Errors in the combination of the variables, whatever their values. */
export function redisFaults(given: Given): string[] {
  const places = PLACES.filter((name) => given[name] !== undefined);
  const sentinel = given.REDIS_SENTINELS !== undefined;
  const faults: string[] = [];
  if (places.length > 1) faults.push(`${places.join(' and ')} are set; set only one of them`);
  if (sentinel && given.REDIS_SENTINEL_NAME === undefined)
    faults.push('REDIS_SENTINEL_NAME is required with REDIS_SENTINELS');
  for (const name of OF_SENTINELS) {
    if (!sentinel && given[name] !== undefined) faults.push(`${name} has no effect without REDIS_SENTINELS`);
  }
  if (places.includes('REDIS_SENTINELS') || places.includes('REDIS_CLUSTER_NODES')) return faults;
  for (const name of ACCESS) {
    if (given[name] === undefined) continue;
    faults.push(`${name} requires REDIS_SENTINELS or REDIS_CLUSTER_NODES; REDIS_URL contains its own`);
  }
  return faults;
}

/** The list without the nulls that validation has rejected. */
function present<T>(list: readonly (T | null)[]): readonly T[] {
  return list.filter((each) => each !== null);
}
