import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createRequestContexts } from '../../src/telemetry/request-context.ts';

describe('the context of a request', () => {
  it('is present in all work that a request starts, and only there', async () => {
    const contexts = createRequestContexts();
    const seen = await Promise.all(
      ['a', 'b'].map(
        (requestId) =>
          new Promise((resolve) => {
            contexts.within({ requestId }, null).run(async () => {
              await setImmediate();
              resolve(contexts.current());
            });
          }),
      ),
    );
    expect(seen).toEqual([{ requestId: 'a' }, { requestId: 'b' }]);
  });

  it('is empty outside of requests', () => {
    const contexts = createRequestContexts();
    contexts.within({ requestId: 'a' }, null).run(() => {});
    expect(contexts.current()).toEqual({});
  });

  it('has the trace id, and runs each piece of work within the trace', () => {
    const contexts = createRequestContexts();
    const ran: string[] = [];
    const { run, end } = contexts.within(
      { requestId: 'a' },
      {
        traceId: 'f00',
        run(work) {
          ran.push('traced');
          work();
        },
      },
    );
    for (const [part, enter] of [
      ['first', run],
      ['last', end],
    ] as const) {
      enter(() => ran.push(part));
      enter(() => expect(contexts.current()).toEqual({ requestId: 'a', traceId: 'f00' }));
    }
    expect(ran).toEqual(['traced', 'first', 'traced', 'traced', 'last', 'traced']);
  });
});
