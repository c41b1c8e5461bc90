// What two observations tell of the time between them: counts in them only grow.

/** How many of each outcome, pages left out: this page asks for those. */
export function requestsBetween(before, after) {
  const { page, ...outcomes } = differences(before.requests, after.requests);
  return outcomes;
}

/** How many lookups ended where, over all kinds. */
export function tiersBetween(before, after) {
  return Object.values(lookupsBetween(before, after)).reduce(
    (sum, { memory, redis, coalesced, miss }) => ({
      memory: sum.memory + memory,
      redis: sum.redis + redis,
      coalesced: sum.coalesced + coalesced,
      miss: sum.miss + miss,
    }),
    { memory: 0, redis: 0, coalesced: 0, miss: 0 },
  );
}

/** The same by kind. */
export function lookupsBetween(before, after) {
  return Object.fromEntries(
    Object.entries(after.lookups).map(([kind, counts]) => [
      kind,
      differences(before.lookups[kind] ?? {}, counts),
    ]),
  );
}

export function upstreamBetween(before, after) {
  return {
    made: after.upstream.calls - before.upstream.calls,
    saved: after.upstream.avoided - before.upstream.avoided,
  };
}

/** How many renewals of live questions ended, and how many frames of their responses went out or wait to. */
export function liveBetween(before, after) {
  const { sent, waiting } = differences(before.frames, after.frames);
  return { renewals: total(differences(before.renewals, after.renewals)), frames: sent + waiting };
}

export function total(counts) {
  return Object.values(counts).reduce((sum, value) => sum + value, 0);
}

/** Each as a share of all, null where there is nothing to share. */
export function shares(counts) {
  const all = total(counts);
  return Object.fromEntries(
    Object.entries(counts).map(([name, value]) => [name, all === 0 ? null : value / all]),
  );
}

/**
 * The quantile of what was measured between two observations, in seconds: linear within the bucket that it lies in. What
 * is above all bounds counts as the highest of them. Null where nothing was measured.
 */
export function quantileBetween(before, after, quantile) {
  const { upperBoundsSeconds, counts } = after.durations;
  const added = counts.map((count, bucket) => count - (before.durations.counts[bucket] ?? 0));
  const all = added.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let rank = quantile * all;
  for (const [bucket, upper] of upperBoundsSeconds.entries()) {
    const count = added[bucket];
    const lower = bucket === 0 ? 0 : upperBoundsSeconds[bucket - 1];
    if (count > 0 && rank <= count) return lower + (upper - lower) * (rank / count);
    rank -= count;
  }
  return upperBoundsSeconds.at(-1);
}

export function differences(before, after) {
  return Object.fromEntries(
    Object.entries(after).map(([name, value]) => [name, value - (before[name] ?? 0)]),
  );
}
