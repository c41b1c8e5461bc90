import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { Redis } from 'ioredis';
import { startRedis } from '../../test/support/redis.ts';
import { reachTable } from '../lib/figures.ts';
import { createProgress } from '../lib/progress.ts';
import { toTable } from '../lib/table.ts';
import { getMany } from './get-many.ts';
import { invalidateDuringLoad } from './invalidate-during-load.ts';
import { invalidateTag } from './invalidate-tag.ts';
import { memoryHit } from './memory-hit.ts';
import { miss } from './miss.ts';
import { outage } from './outage.ts';
import { redisHit } from './redis-hit.ts';
import type { Scenario, Section } from './scenario.ts';
import { stampede } from './stampede.ts';

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'memory-hit': memoryHit,
  'redis-hit': redisHit,
  'get-many': getMany,
  miss,
  stampede,
  'invalidate-during-load': invalidateDuringLoad,
  'invalidate-tag': invalidateTag,
  outage,
};

// A hanging scenario must not hang its caller.
const LONGEST_RUN_MS = 4 * 60_000;

const chosen = process.argv.slice(2);
const unknown = chosen.filter((name) => !SCENARIOS[name]);
if (unknown.length > 0) {
  process.stderr.write(
    `Unknown scenario: ${unknown.join(', ')}. Scenarios: ${Object.keys(SCENARIOS).join(', ')}\n`,
  );
  process.exit(1);
}
setTimeout(() => {
  process.stderr.write(`Stopped after ${LONGEST_RUN_MS / 60_000} minutes.\n`);
  process.exit(1);
}, LONGEST_RUN_MS).unref();

const progress = createProgress(process.stderr);
const redis = await startRedis(['--appendonly', 'no', '--loglevel', 'notice']);
const observer = new Redis(redis.url);
observer.on('error', () => {});
const sections: Section[] = [];
try {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    await observer.flushall();
    progress.now(name);
    const section = await scenario({ ...redis, redisUrl: redis.url, observer, progress });
    sections.push(section);
    save();
    progress.done();
    const { title, about, rows, figures = [] } = section;
    const tables = [toTable(rows), ...(figures.length > 0 ? [reachTable(figures)] : [])];
    process.stdout.write(`${[`## ${title}`, about, ...tables].join('\n\n')}\n\n`);
  }
} finally {
  observer.disconnect();
  await redis.kill();
}

// A contender may have left a connection open.
process.exit(0);

/** Writes after each scenario, so that a stopped run keeps its results. */
function save(): void {
  const directory = new URL('../results/', import.meta.url);
  mkdirSync(directory, { recursive: true });
  const machine = {
    cpu: cpus()[0]?.model,
    cores: cpus().length,
    node: process.version,
    platform: process.platform,
  };
  const results = { at: new Date().toISOString(), machine, sections };
  writeFileSync(new URL('cache.json', directory), `${JSON.stringify(results, null, 2)}\n`);
}
