import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender } from '../../contenders.ts';
import { type TailcallCache, tailcallConfig } from './config.ts';

const BINARY = fileURLToPath(
  new URL('../../../node_modules/@tailcallhq/core-linux-x64-gnu/bin/tailcall', import.meta.url),
);
const CACHES: readonly TailcallCache[] = ['HTTP cache', '@cache'];

/** Tailcall with each of its caches. None where npm installs no binary: its package has one for Linux on x64. */
export function tailcalls(directory: string, upstreamUrl: string): readonly Contender[] {
  if (!existsSync(BINARY)) return [];
  return CACHES.map((cache) => ({
    name: `Tailcall, ${cache}`,
    launch(port) {
      const file = join(directory, `tailcall-${port}.graphql`);
      writeFileSync(file, tailcallConfig(port, upstreamUrl, cache));
      return {
        command: BINARY,
        args: ['start', file],
        // By default it sends usage data to its makers, and logs each call of the upstream.
        env: { TAILCALL_TRACKER: 'false', TAILCALL_LOG_LEVEL: 'error' },
      };
    },
  }));
}
