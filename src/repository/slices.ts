import { setImmediate } from 'node:timers/promises';

// About 10,000 records for sellers with fifty catalogs each, which take a few milliseconds.
const ITEMS_PER_SLICE = 200;

/** Processes the items in order, and yields to the event loop in between so that requests are not delayed. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    done += 1;
    if (done % ITEMS_PER_SLICE === 0) await setImmediate();
  }
}
