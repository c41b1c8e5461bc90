import type { Budget } from '../../cache/index.ts';

const TRIP_MS = 2000;

/**
 * For work that nobody waits for: to load what Redis would have told a little later costs more than the wait. Each trip
 * has all of it.
 */
export const patience: Budget = { spend: (trip) => trip(TRIP_MS) };
