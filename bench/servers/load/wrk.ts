import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Load, LoadGenerator, LoadResult } from './load.ts';

const SCRIPT = fileURLToPath(new URL('./wrk.lua', import.meta.url));

/** https://github.com/wg/wrk, in one thread. */
export const wrk: LoadGenerator = {
  name: 'wrk',
  async run({ url, headers, bodies, order, connections, seconds }: Load): Promise<LoadResult> {
    const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-wrk-'));
    try {
      const [bodiesFile, orderFile] = [join(directory, 'bodies'), join(directory, 'order')];
      writeFileSync(bodiesFile, bodies.join('\n'));
      // Lua counts from 1.
      writeFileSync(orderFile, order.map((position) => position + 1).join('\n'));
      const { stdout } = await promisify(execFile)('wrk', [
        ...['--threads', '1', '--connections', String(connections), '--duration', `${seconds}s`],
        ...['--timeout', '10s', '--script', SCRIPT],
        ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
        ...[url, '--', bodiesFile, orderFile],
      ]);
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as LoadResult;
    } finally {
      rmSync(directory, { recursive: true });
    }
  },
};
