import type { Cluster, Redis } from 'ioredis';
import type { Backplane, Message } from './backplane.ts';
import type { Report } from './events.ts';

// A listener waits for nothing, so a connection that died without a word looks like silence. A question now and then
// has the connection notice.
const HEARTBEAT_MS = 5000;

/**
 * Messages between processes over Redis publish/subscribe. `publisher` sends; `subscriber`, a connection that can do
 * nothing else, listens and subscribes again whenever it comes back.
 */
export function createRedisBackplane(
  publisher: Redis | Cluster,
  subscriber: Redis,
  channel: string,
  sender: string,
  report: Report,
): Backplane {
  const refused = { publish: false, subscribe: false };

  return {
    // A message that is not sent is one that is lost, which everyone is prepared for.
    publish: (message) =>
      void tell('publish', publisher.publish(channel, JSON.stringify({ sender, ...message }))),
    listen(onMessage, onGap) {
      // What was said before the subscription stood was not heard, so the gap ends after it.
      const subscribe = () =>
        tell('subscribe', subscriber.subscribe(channel)).then((stands) => stands && onGap());
      subscriber.on('message', (_, text: string) => {
        const message = parse(text);
        if (message && message.sender !== sender) onMessage(message);
      });
      subscriber.on('close', onGap);
      subscriber.on('ready', subscribe);
      if (subscriber.status === 'ready') void subscribe();
      const heartbeat = setInterval(() => {
        if (subscriber.status === 'ready') subscriber.ping().catch(() => {});
      }, HEARTBEAT_MS).unref();
      subscriber.on('end', () => clearInterval(heartbeat));
    },
  };

  /** Whether Redis took it. That it refuses is said once: what becomes of the connection is reported by the client. */
  async function tell(operation: 'publish' | 'subscribe', command: Promise<unknown>): Promise<boolean> {
    try {
      await command;
      refused[operation] = false;
      return true;
    } catch (cause) {
      const isRefusal = cause instanceof Error && cause.name === 'ReplyError';
      if (isRefusal && !refused[operation]) report({ type: 'backplane-refused', operation, cause });
      if (isRefusal) refused[operation] = true;
      return false;
    }
  }
}

function parse(text: string): (Message & { sender: string }) | null {
  try {
    const message = JSON.parse(text);
    const known = message.type === 'invalidated' ? message.tags : message.type === 'settled' && message.keys;
    return Array.isArray(known) && known.every((each) => typeof each === 'string') ? message : null;
  } catch {
    return null;
  }
}
