import { execFile } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const biome = join(process.cwd(), 'node_modules/.bin/biome');

const LAYER_RULE = /noRestrictedImports|noProcessEnv|noRestrictedGlobals/;

/** The linter's output, with the project's rules, for a project that contains only this file. */
async function lint(path: string, text: string): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'catalog-gateway-layers-'));
  try {
    cpSync('biome.json', join(project, 'biome.json'));
    mkdirSync(join(project, dirname(path)), { recursive: true });
    writeFileSync(join(project, path), text);
    const { stdout, stderr } = await run(biome, ['lint', '--vcs-enabled=false', '--colors=off', path], {
      cwd: project,
    }).catch((failure: { stdout: string; stderr: string }) => failure);
    return stdout + stderr;
  } finally {
    rmSync(project, { recursive: true });
  }
}

describe('the layer rules', () => {
  it.each([
    ['src/domain/x.ts', "import { z } from 'zod';\nexport const x = z;"],
    ['src/domain/x.ts', "import { y } from '../cache/engine/entry.ts';\nexport const x = y;"],
    ['src/upstream/x.ts', "import { y } from '../cache/engine/entry.ts';\nexport const x = y;"],
    ['src/sandbox/x.ts', "import { y } from '../upstream/rest-client.ts';\nexport const x = y;"],
    ['src/cache/x.ts', "import { y } from '../domain/seller.ts';\nexport const x = y;"],
    ['src/cache/engine/x.ts', "import { Redis } from 'ioredis';\nexport const x = Redis;"],
    ['src/repository/x.ts', "import { y } from '../schema/index.ts';\nexport const x = y;"],
    ['src/schema/x.ts', "import { y } from '../cache/engine/cache.ts';\nexport const x = y;"],
    ['src/auth/x.ts', "import { y } from '../http/route.ts';\nexport const x = y;"],
    ['src/auth/x.ts', "import { y } from '../repository/index.ts';\nexport const x = y;"],
    ['src/auth/x.ts', "import { y } from '../cache/redis/client.ts';\nexport const x = y;"],
    ['src/upstream/x.ts', "import { y } from '../auth/sessions.ts';\nexport const x = y;"],
    ['src/cache/x.ts', "import { y } from '../auth/sessions.ts';\nexport const x = y;"],
    ['src/repository/x.ts', "import { y } from '../auth/sessions.ts';\nexport const x = y;"],
    ['src/schema/x.ts', "import { y } from '../auth/sessions.ts';\nexport const x = y;"],
    ['src/telemetry/x.ts', "import { y } from '../auth/sessions.ts';\nexport const x = y;"],
    ['src/repository/maintenance/x.ts', "import { y } from '../../schema/index.ts';\nexport const x = y;"],
    ['src/telemetry/metrics/x.ts', "import { y } from '../../cache/engine/cache.ts';\nexport const x = y;"],
    ['src/http/x.ts', "import { y } from '../main.ts';\nexport const x = y;"],
    ['src/schema/x.ts', "import { y } from '../upstream/catalog-api.ts';\nexport const x = y;"],
    ['src/http/x.ts', "import { y } from '../upstream/catalog-api.ts';\nexport const x = y;"],
    ['src/http/graphql/limits/x.ts', "import { y } from '../../config/config.ts';\nexport const x = y;"],
    ['src/http/x.ts', "import { y } from '../app/app.ts';\nexport const x = y;"],
    ['src/http/x.ts', "import { y } from '../config/parsers.ts';\nexport const x = y;"],
    ['src/telemetry/x.ts', "import { y } from '../cache/engine/cache.ts';\nexport const x = y;"],
    [
      'src/telemetry/metrics/x.ts',
      "import { openCache } from '../../cache/index.ts';\nexport const x = openCache;",
    ],
    [
      'src/telemetry/metrics/x.ts',
      "import { GatewayError } from '../../domain/errors.ts';\nexport const x = GatewayError;",
    ],
    ['src/repository/x.ts', "import { y } from '../cache/engine/entry.ts';\nexport const x = y;"],
    [
      'src/http/response-cache/x.ts',
      "import { y } from '../../cache/engine/derived.ts';\nexport const x = y;",
    ],
    ['src/cli/x.ts', "import { y } from '../cache/redis/keys.ts';\nexport const x = y;"],
    ['src/app/app.ts', "import { y } from '../cache/engine/cache.ts';\nexport const x = y;"],
    ['src/main.ts', "import { y } from './cache/clock.ts';\nexport const x = y;"],
    ['src/main.ts', "import { Redis } from 'ioredis';\nexport const x = Redis;"],
    ['src/app/core.ts', "import { Redis } from 'ioredis';\nexport const x = Redis;"],
    ['src/cache/x.ts', "import type { Redis } from 'ioredis';\nexport type X = Redis;"],
    ['src/repository/x.ts', 'export const x = process.env.PORT;'],
    ['src/app/app.ts', 'export const x = process.env.PORT;'],
    ['src/repository/x.ts', "export const x = fetch('http://example.test');"],
    ['src/sandbox/x.ts', "export const x = fetch('http://example.test');"],
  ])('refuse in %s: %s', async (path, text) => {
    expect(await lint(path, text)).toMatch(LAYER_RULE);
  });

  it.each([
    [
      'src/upstream/x.ts',
      "import { y } from '../domain/seller.ts';\nexport const x = [y, fetch('http://a.test')];",
    ],
    ['src/repository/x.ts', "import { y } from '../cache/index.ts';\nexport const x = y;"],
    ['src/main.ts', "import { y } from './cache/index.ts';\nexport const x = y;"],
    ['src/http/x.ts', "import { y } from '../schema/index.ts';\nexport const x = y;"],
    ['src/auth/x.ts', "import { y } from '../upstream/jwks.ts';\nexport const x = y;"],
    ['src/auth/x.ts', "import { y } from '../cache/index.ts';\nexport const x = y;"],
    ['src/http/auth/x.ts', "import { y } from '../../auth/sessions.ts';\nexport const x = y;"],
    ['src/telemetry/x.ts', "import type { AuthEvent } from '../auth/events.ts';\nexport type X = AuthEvent;"],
    ['src/http/response-cache/x.ts', "import { y } from '../negotiation/accept.ts';\nexport const x = y;"],
    [
      'src/telemetry/x.ts',
      "import type { CacheEvent } from '../cache/index.ts';\nexport type X = CacheEvent;",
    ],
    [
      'src/telemetry/metrics/x.ts',
      "import type { HttpEvent } from '../../http/events.ts';\nexport type X = HttpEvent;",
    ],
    ['src/telemetry/metrics/x.ts', "import { y } from '../logs/x.ts';\nexport const x = y;"],
    ['src/cache/redis/x.ts', "import { Redis } from 'ioredis';\nexport const x = Redis;"],
    ['src/sandbox/webhooks.ts', "export const x = fetch('http://example.test');"],
  ])('allow in %s: %s', async (path, text) => {
    const said = await lint(path, text);
    expect(said).toContain('Checked 1 file');
    expect(said).not.toMatch(LAYER_RULE);
  });
});

/** The files of `src` with the files of `src` that each imports, types included. */
function importsBySource(): ReadonlyMap<string, readonly string[]> {
  const specifier = /\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g;
  return new Map(
    globSync('src/**/*.ts').map((path) => {
      const found = [...readFileSync(path, 'utf8').matchAll(specifier)];
      return [path, found.map(([, from, dynamic]) => normalize(join(dirname(path), from ?? dynamic ?? '')))];
    }),
  );
}

/** The subject folders of `src/http`, each with the folders that it may import. All may import the files beside the folders. */
const HTTP_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  negotiation: [],
  metrics: [],
  auth: ['negotiation'],
  admin: ['negotiation', 'auth'],
  webhook: ['negotiation'],
  'response-cache': ['negotiation', 'auth'],
  observatory: ['negotiation', 'admin', 'auth'],
  live: [],
  graphql: ['negotiation', 'auth', 'admin', 'response-cache', 'live'],
};

/** The subject folder of a file of `src/http`; undefined for a file beside the folders, and for other layers. */
function httpFolder(path: string): string | undefined {
  return /^src\/http\/([^/]+)\/./.exec(path)?.[1];
}

describe('imports', () => {
  const imports = importsBySource();

  it('form no cycle', () => {
    // Remove files without imports, then files that import only removed files. A cycle remains.
    const remaining = new Map(imports);
    let before = 0;
    while (remaining.size !== before) {
      before = remaining.size;
      for (const [path, imported] of remaining)
        if (!imported.some((each) => remaining.has(each))) remaining.delete(path);
    }
    expect([...remaining.keys()]).toEqual([]);
  });

  it('point one way between the folders of src/http', () => {
    const upward = [...imports].flatMap(([path, imported]) => {
      const folder = httpFolder(path);
      if (!path.startsWith('src/http/') || path === 'src/http/router.ts') return [];
      const allowed = [undefined, folder, ...(folder ? (HTTP_FOLDERS[folder] ?? []) : [])];
      return imported
        .filter((each) => !allowed.includes(httpFolder(each)))
        .map((each) => `${path} -> ${each}`);
    });
    expect(upward).toEqual([]);
  });
});

describe('importing any module', () => {
  const entryPoints = ['src/main.ts', 'src/cli/sandbox.ts', 'src/cli/main.ts'];
  const modules = globSync('src/**/*.ts').filter((path) => !entryPoints.includes(path));

  it('does no I/O: no handle is open afterwards, and no output was written', async () => {
    const script = `
      await Promise.all(${JSON.stringify(modules)}.map((path) => import('./' + path)));
      process.stdout.write(JSON.stringify(process.getActiveResourcesInfo()));
    `;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '--eval', script]);
    expect(stderr).toBe('');
    // Standard output itself, if it is a pipe.
    expect(JSON.parse(stdout).filter((resource: string) => resource !== 'PipeWrap')).toEqual([]);
  });
});
