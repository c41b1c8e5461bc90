import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Makes a process record the modules that it loads. */
export function recordModules() {
  const directory = mkdtempSync(join(tmpdir(), 'catalog-gateway-modules-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'modules');
  return {
    /** To be added to the environment of the process. */
    variables: {
      NODE_OPTIONS: `--import=${new URL('./record-modules.ts', import.meta.url)}`,
      RECORDED_MODULES: file,
    },
    /** The packages that it has loaded so far, and the folders and files of `src`, such as `src/http`. */
    loaded(): ReadonlySet<string> {
      const urls = readFileSync(file, 'utf8').split('\n');
      return new Set(urls.flatMap(namesOf));
    },
  };
}

function namesOf(url: string): readonly string[] {
  const [, name] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (name) return [name];
  const parts = (/\/(src\/.*)/.exec(url)?.[1] ?? '').split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
