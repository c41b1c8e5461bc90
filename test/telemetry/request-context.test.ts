import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type RequestContext, requestChannel } from '../../src/http/events.ts';
import { createRequestContexts } from '../../src/telemetry/request-context.ts';
import { inRequest } from '../support/traced-gateway.ts';

describe('the context of a request', () => {
  it('is present in all work that a request starts, and only there', async () => {
    const contexts = createRequestContexts({ traced: false });
    const seen = await Promise.all(
      ['a', 'b'].map(
        (requestId) =>
          inRequest(requestId, async () => {
            await setImmediate();
            return contexts.current();
          }).result,
      ),
    );
    expect(seen).toEqual([{ requestId: 'a' }, { requestId: 'b' }]);
  });

  it('is empty outside of requests', () => {
    const contexts = createRequestContexts({ traced: false });
    inRequest('a', () => {});
    expect(contexts.current()).toEqual({});
  });

  it('has the trace id, in the report of the end as well', () => {
    const contexts = createRequestContexts({ traced: true });
    const { context } = inRequest('a', () => {});
    context.traceId = 'f00';
    const expected = { requestId: 'a', traceId: 'f00' };
    expect(requestChannel.start.runStores(context, contexts.current)).toEqual(expected);
    expect(requestChannel.asyncEnd.runStores(context, contexts.current)).toEqual(expected);
  });

  it('is not entered for the report of the end without tracing', () => {
    const contexts = createRequestContexts({ traced: false });
    const context: RequestContext = { requestId: 'a', method: 'GET', path: '/', headers: {} };
    expect(requestChannel.asyncEnd.runStores(context, contexts.current)).toEqual({});
  });
});
