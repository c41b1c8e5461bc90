import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startGatewayProcess } from '../support/gateway-process.ts';

const run = promisify(execFile);

function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-compile-cache-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** The files of a compile cache, each with one compiled module. */
function compiled(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .toSorted();
}

describe('the compile cache of the image', () => {
  it('has all that a gateway compiles', async () => {
    const NODE_COMPILE_CACHE = newDirectory();
    await run(process.execPath, ['scripts/fill-compile-cache.ts'], { env: { NODE_COMPILE_CACHE } });
    const before = compiled(NODE_COMPILE_CACHE);
    expect(before.length).toBeGreaterThan(1000);

    const gateway = await startGatewayProcess({
      NODE_COMPILE_CACHE,
      ABCONNECT_ENVIRONMENT: 'sandbox',
      NODE_ENV: 'production',
    });
    onTestFinished(() => gateway.kill());
    expect((await gateway.query('{ sellers { totalItems } }')).errors).toEqual([]);
    expect(await gateway.terminate()).toBe(0);
    expect(compiled(NODE_COMPILE_CACHE)).toEqual(before);
  });
});

describe('the compile cache of the npm scripts', () => {
  it.each([
    ['is in node_modules', {}, resolve('node_modules/.cache/catalog-gateway')],
    [
      'is where NODE_COMPILE_CACHE says',
      { NODE_COMPILE_CACHE: join(tmpdir(), 'another') },
      join(tmpdir(), 'another'),
    ],
    ['is turned off by NODE_DISABLE_COMPILE_CACHE', { NODE_DISABLE_COMPILE_CACHE: '1' }, 'undefined'],
  ])('%s', async (_, env, directory) => {
    const script = 'process.stdout.write(String(require("node:module").getCompileCacheDir()))';
    const { stdout } = await run(process.execPath, ['--import=./scripts/prepare-node.js', '--eval', script], {
      env,
    });
    expect(stdout.startsWith(directory)).toBe(true);
  });
});
