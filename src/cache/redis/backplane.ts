import type { Cluster, Redis } from 'ioredis';
import type { Backplane, Message } from '../engine/backplane.ts';
import type { Report } from '../events.ts';

// The interval at which the subscriber subscribes again, plus or minus half of it. A repeated subscription has no effect.
// If Redis refused or dropped the subscription, invalidations arrive again this soon after the cause is gone.
const SUBSCRIBE_EVERY_MS = 1000;

/**
 * Messages between processes over Redis publish/subscribe. `publisher` sends. `subscriber`, a connection of its own,
 * listens: it subscribes when it is ready and then about once a second, so a subscription that was refused or lost
 * comes back without a new connection. A refusal is reported once, until Redis accepts.
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
    // A message that cannot be sent is lost. The trust time of the receivers bounds the effect.
    publish: (message) =>
      void tell('publish', publisher.publish(channel, JSON.stringify({ sender, ...message }))),
    listen(onMessage, onGap) {
      let isSubscribed = false;
      let timer: NodeJS.Timeout;
      const lose = () => {
        if (isSubscribed) onGap();
        isSubscribed = false;
      };
      const subscribe = async () => {
        if (subscriber.status !== 'ready') return;
        const isAccepted = await tell('subscribe', subscriber.subscribe(channel));
        // Messages sent before the subscription were missed, so the gap ends here.
        if (isAccepted && !isSubscribed) onGap();
        if (isAccepted) isSubscribed = true;
        else lose();
      };
      const subscribeOften = () => {
        void subscribe();
        // The random delay keeps processes out of step.
        timer = setTimeout(subscribeOften, SUBSCRIBE_EVERY_MS * (0.5 + Math.random())).unref();
      };
      subscriber.on('message', (_, text: string) => {
        const message = parse(text);
        if (message && message.sender !== sender) onMessage(message);
      });
      subscriber.on('close', lose);
      subscriber.on('ready', subscribe);
      subscribeOften();
      subscriber.on('end', () => clearTimeout(timer));
    },
  };

  /** Whether Redis accepted the command. A refusal is reported once; the client reports the state of the connection. */
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
