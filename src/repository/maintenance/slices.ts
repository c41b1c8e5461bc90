import { setImmediate } from 'node:timers/promises';

// Of sellers with fifty catalogs each, some 10,000 records, which take a few milliseconds.
const ITEMS_A_SLICE = 200;

/** Does the work for each of the items in turn, and lets requests go first now and then: all of it would hold them up. */
export async function inSlices<T>(items: Iterable<T>, work: (item: T) => void): Promise<void> {
  let done = 0;
  for (const item of items) {
    work(item);
    done += 1;
    if (done % ITEMS_A_SLICE === 0) await setImmediate();
  }
}
