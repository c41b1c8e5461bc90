import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process.ts';
import { pourOut, startUpstream } from '../support/real-upstream.ts';
import { SLOW } from '../support/shared-gateways.ts';

const MIB = 1024 * 1024;
/** What deploy/kubernetes gives a gateway. */
const MEMORY_BYTES = 1024 * MIB;
/** What V8 takes of that by itself. */
const HEAP = '--max-old-space-size=512';

const bomb = Buffer.concat(Array(100).fill(gzipSync(Buffer.alloc(4 * MIB, '0'), { level: 9 })));
const endless = (response: ServerResponse) => pourOut(response, Buffer.alloc(64 * 1024, 'x'));
const packed = (response: ServerResponse) =>
  void response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);

/** The most memory that the process has had so far. */
function peakBytes({ pid }: GatewayProcess): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

const codesOf = (errors: readonly unknown[]) =>
  new Set(errors.map((error) => (error as { extensions: { code: string } }).extensions.code));

describe.each([
  ['never end', endless],
  ['are 408 KB of gzip', packed],
])('if all bodies of the upstream %s', SLOW, (_case, respond) => {
  it('the gateway stays within its memory, and serves again once they are valid', async () => {
    let hostile = true;
    const upstream = await startUpstream((response, _call, { url = '' }) => {
      if (hostile) return respond(response);
      const list = { items: [], totalPages: 0, totalItems: 0 };
      response.end(JSON.stringify(/\/\d+$/.test(url) ? { id: Number(url.split('/').pop()) } : list));
    });
    const gateway = await startGatewayProcess({
      ...upstream.variables,
      NODE_OPTIONS: HEAP,
      LOG_LEVEL: 'info',
    });
    onTestFinished(() => gateway.kill());
    const catalogs = Array.from({ length: 16 }, (_, at) => `c${at}: catalog(id: ${at + 1}) { id }`);
    const sellers = Array.from({ length: 4 }, (_, at) => `s${at}: seller(id: ${at + 1}) { id }`);
    const queries = ['{ sellers { totalItems } }', `{ ${catalogs.join(' ')} }`, `{ ${sellers.join(' ')} }`];

    const answers = await Promise.all(queries.map((query) => gateway.query(query)));
    const codes = codesOf(answers.flatMap(({ errors }) => errors));
    expect(codes).toContain('UPSTREAM_INVALID');
    // Bodies that together would hold too much are not of the upstream alone.
    expect([...codes].filter((code) => !/UPSTREAM_(INVALID|UNAVAILABLE)/.test(code))).toEqual([]);
    expect(gateway.log).toContainEqual(
      expect.objectContaining({ event: 'upstream-body-too-large', route: 'GET /Seller' }),
    );
    process.stdout.write(`peak memory: ${Math.round(peakBytes(gateway) / MIB)} MiB\n`);
    expect(peakBytes(gateway)).toBeLessThan(MEMORY_BYTES * 0.75);

    hostile = false;
    const well = await gateway.query('{ catalog(id: 99) { id } }');
    expect(well).toEqual({ data: { catalog: { id: '99' } }, errors: [] });
  });
});
