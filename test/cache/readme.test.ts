import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const folder = join(process.cwd(), 'src/cache');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const readme = read('README.md');

/** The names in backquotes of the first column of a section's table. */
function namesIn(heading: string): string[] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`);
  const [table = ''] = section.split('\n## ');
  const cells = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name)).sort();
}

describe('the README of the cache module', () => {
  it('has an example that prints what it says', async () => {
    const [, example = ''] = /```ts\n(.*?)```/s.exec(readme) ?? [];
    const script = example.replace("'./index.ts'", JSON.stringify(join(folder, 'index.ts')));
    const arguments_ = ['--input-type=module-typescript', '--eval', script];
    expect((await run(process.execPath, arguments_)).stdout).toBe('10\n10\n30\n');
  });

  it('names every event', () => {
    const types = [...read('events.ts').matchAll(/^ {2}\| '([\w-]+)'|readonly type: ([^;]+);/gm)];
    const names = types.flatMap(([, counted, others]) =>
      counted ? [counted] : [...(others ?? '').matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name),
    );
    expect(namesIn('Events')).toEqual(names.sort());
  });

  it('names every option and every part', () => {
    const source = read('open-cache.ts');
    const membersOf = (name: string) => {
      const [, body = ''] = new RegExp(`interface ${name} \\{\n(.*?)\n\\}`, 's').exec(source) ?? [];
      return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)].map(([, member = '']) => member).sort();
    };
    expect(namesIn('Options')).toEqual(membersOf('CacheModuleOptions'));
    expect(namesIn('What `openCache` gives')).toEqual(membersOf('CacheModule'));
  });
});
