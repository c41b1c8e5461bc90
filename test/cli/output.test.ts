import { type StdioOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { SLOW, shareGateways } from '../support/shared-gateways.ts';
import { open, stalledPipe } from '../support/standard-output.ts';

function start(args: readonly string[], stdio: StdioOptions, variables: Record<string, string> = {}) {
  return spawn(process.execPath, ['src/cli/main.ts', ...args], { env: variables, stdio });
}

describe('output that cannot be written', SLOW, () => {
  it('ends a command with 1 and one line that says so', async () => {
    const cli = start(['check-config'], ['ignore', open('/dev/full', 'w'), 'pipe']);
    const [[code], stderr] = await Promise.all([once(cli, 'close'), text(cli.stderr as Readable)]);
    expect([code, stderr]).toEqual([1, 'The output cannot be written (ENOSPC).\n']);
  });

  it('ends a command silently if the reader has gone', async () => {
    const { output, leave } = stalledPipe();
    leave();
    const cli = start(['check-config'], ['ignore', output, 'pipe']);
    const [[code], stderr] = await Promise.all([once(cli, 'close'), text(cli.stderr as Readable)]);
    expect([code, stderr]).toEqual([1, '']);
  });

  it.each(['has gone', 'is full'])('does not end a command if only the progress output %s', async (what) => {
    const { upstream } = await shareGateways({ maxCatalogs: 6 });
    const { output, leave } = stalledPipe();
    leave();
    const progress = what === 'is full' ? open('/dev/full', 'w') : output;
    const cli = start(['bench-upstream', '--rounds', '2'], ['ignore', 'pipe', progress], { ...upstream });
    const [[code], stdout] = await Promise.all([once(cli, 'close'), text(cli.stdout as Readable)]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toHaveLength(4);
  });
});
