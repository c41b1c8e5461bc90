import {
  liveBetween,
  quantileBetween,
  requestsBetween,
  shares,
  tiersBetween,
  upstreamBetween,
} from './figures.js';

const WINDOW_MS = 600_000;
const RATE_MS = 5000;
const LATENCY_MS = 10_000;
// Longer without an observation, as in a tab that was hidden, and a line is broken.
const GAP_MS = 15_000;

/** The observations of the last ten minutes, and the points that charts draw of them. */
export function createHistory() {
  let seen = [];
  let points = [];

  return {
    /** Begins with the samples that the gateway has kept, oldest first. */
    begin(samples) {
      seen = [];
      points = [];
      for (const sample of samples) this.add(sample);
    },
    /** True if it comes from another process than the last one, or from a process that has restarted. */
    add(observation) {
      const last = seen.at(-1);
      const restarted = last !== undefined && last.startedAt !== observation.startedAt;
      if (restarted) {
        seen = [];
        points = [{ at: last.at }];
      } else if (last && observation.at - last.at > GAP_MS) {
        points.push({ at: last.at + 1 });
      }
      const rateBase = since(observation.at - RATE_MS);
      if (rateBase && observation.at > rateBase.at) {
        points.push(pointOf(rateBase, since(observation.at - LATENCY_MS), observation));
      }
      seen.push(observation);
      const from = observation.at - WINDOW_MS;
      // One more than the window has: figures of the window are counted from it.
      while (seen.length > 2 && seen[1].at <= from) seen.shift();
      points = points.filter(({ at }) => at >= from);
      return restarted;
    },
    get points() {
      return points;
    },
    /** The first and the last of the window. */
    get ends() {
      return [seen[0], seen.at(-1)];
    },
  };

  /** The latest that is at least as old, else the oldest. */
  function since(at) {
    return seen.findLast((observation) => observation.at <= at) ?? seen[0];
  }
}

function pointOf(rateBase, latencyBase, now) {
  const seconds = (now.at - rateBase.at) / 1000;
  const perSecond = (counts) =>
    Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, value / seconds]));
  const tiers = shares(tiersBetween(rateBase, now));
  return {
    at: now.at,
    ...tiers,
    p50: quantileBetween(latencyBase, now, 0.5),
    p95: quantileBetween(latencyBase, now, 0.95),
    p99: quantileBetween(latencyBase, now, 0.99),
    requests: perSecond(requestsBetween(rateBase, now)),
    upstream: perSecond(upstreamBetween(rateBase, now)),
    live: now.live && perSecond(liveBetween(rateBase.live ?? now.live, now.live)),
  };
}
