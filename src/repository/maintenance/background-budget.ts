import type { Budget } from '../../cache/index.ts';

const TRIP_MS = 2000;

/**
 * The Redis budget of background work: a needless load costs more than a longer wait for Redis. Each trip has the full
 * time.
 */
export const backgroundBudget: Budget = { spend: (trip) => trip(TRIP_MS) };
