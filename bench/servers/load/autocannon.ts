import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load, LoadGenerator, LoadResult } from './load.ts';

const SCRIPT = fileURLToPath(new URL('./autocannon-process.ts', import.meta.url));

/**
 * https://github.com/mcollina/autocannon, where wrk is not installed. It costs the load's core more, so a fast server
 * can do more than it asks for.
 */
export const autocannonGenerator: LoadGenerator = {
  name: 'autocannon',
  async run(load: Load): Promise<LoadResult> {
    const child = fork(SCRIPT);
    child.send(load);
    const [result] = (await Promise.race([once(child, 'message'), failure(once(child, 'exit'))])) as [
      LoadResult,
    ];
    return result;
  },
};

async function failure(exit: Promise<unknown[]>): Promise<never> {
  const [code] = await exit;
  throw new Error(`autocannon ended with ${code}`);
}
