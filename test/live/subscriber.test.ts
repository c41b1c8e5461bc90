import { describe, expect, it } from 'vitest';
import { createSubscriber, HEARTBEAT_MS, SLOW_MS } from '../../src/http/live/subscriber.ts';

describe('a subscriber that was ended', () => {
  it('gets neither the frame that waits, nor a later one, nor a heartbeat', () => {
    const { subscriber, written, take, wait } = subscribe();
    subscriber.deliver(Buffer.from('1'), () => {});
    let sent = 0;
    subscriber.deliver(Buffer.from('2'), () => {
      sent += 1;
    });
    subscriber.end('session');
    subscriber.deliver(Buffer.from('3'), () => {
      sent += 1;
    });
    take();
    wait(HEARTBEAT_MS);
    subscriber.tend();
    expect(written).toEqual(['1', 'end']);
    expect(sent).toBe(2);
  });

  it('is cut if it does not close', () => {
    const { subscriber, written, take, wait } = subscribe();
    subscriber.deliver(Buffer.from('1'), () => {});
    take();
    subscriber.end('session');
    wait(SLOW_MS);
    expect(subscriber.tend()).toBe(true);
    expect(written).toEqual(['1', 'end', 'cut']);
  });
});

/** A subscriber whose connection takes a frame when `take` is called. */
function subscribe() {
  const written: string[] = [];
  let now = 0;
  let take = () => {};
  const subscriber = createSubscriber(
    {
      transport: 'sse',
      write(bytes, sent) {
        written.push(bytes.toString());
        take = sent;
      },
      heartbeat: () => void written.push('heartbeat'),
      end: () => void written.push('end'),
      cut: () => void written.push('cut'),
    },
    { monotonic: () => now },
  );
  const wait = (ms: number) => {
    now += ms;
  };
  return { subscriber, written, take: () => take(), wait };
}
