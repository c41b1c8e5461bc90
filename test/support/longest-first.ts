import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Each takes most of a minute, and its size on disk does not tell.
const LONG =
  /^test\/(simulation|faults|processes|proxies|live)\/|^test\/(panels|browser)\.|\/(page|audit)\.test/;

/** Starts the files first that take longest, so that no worker is left with one at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) =>
      LONG.test(moduleId.slice(moduleId.lastIndexOf('/test/') + 1));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
