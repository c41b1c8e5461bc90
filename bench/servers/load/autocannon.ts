import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Load, LoadGenerator, LoadResult } from './load.ts';

const SCRIPT = fileURLToPath(new URL('./autocannon-process.ts', import.meta.url));

/**
 * https://github.com/mcollina/autocannon, if wrk is not installed. It uses more CPU per request, so it may not saturate a
 * fast server.
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
