import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { problem } from '../support/catalog-api-answers.ts';
import { sellerRecord } from '../support/catalog-api-mock.ts';
import { upstreamClient } from '../support/upstream-client.ts';
import { interceptUpstream } from '../support/upstream-mock.ts';

const intercepted = interceptUpstream();

const SELLER = 'GET /Seller/{id}';
const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A client whose clock on the wall is set by an hour whenever the upstream is asked for a seller, and then fails. */
function clientOnASetClock(byMs: number, status: number) {
  const clock = { wallMs: 1_000_000, passedMs: 0 };
  intercepted({ sellers: [sellerRecord({ id: 1 })] }).fail(SELLER, () => {
    clock.wallMs += byMs;
    clock.passedMs += 30;
    return problem(status);
  });
  return upstreamClient({ clock: { now: () => clock.wallMs, monotonic: () => clock.passedMs } });
}

describe.each([
  ['forwards', HOUR_MS],
  ['back', -HOUR_MS],
])('setting the clock %s during a call', (_way, byMs) => {
  it('does not change its measured duration', async () => {
    const { api, eventsOf } = clientOnASetClock(byMs, 500);
    await expect(api.seller(1)).rejects.toThrow();
    const calls = eventsOf('upstream-call').filter(({ route }) => route === SELLER);
    expect(calls).toMatchObject([{ status: 500, durationMs: 30 }]);
    expect(eventsOf('upstream-failed')).toMatchObject([{ route: SELLER, durationMs: 30 }]);
  });

  it('does not change its number of attempts', async () => {
    const { api, reported } = clientOnASetClock(byMs, 503);
    const failure = api.seller(1).catch((error: unknown) => error);
    for (const attempt of [1, 2]) {
      await reported('upstream-retry', attempt);
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(await failure).toMatchObject({ code: 'UPSTREAM_UNAVAILABLE' });
  });
});
