import type { Principal } from '../../domain/principal.ts';
import type { Subscriber } from './subscriber.ts';

/** The session in which a stream was opened. */
export interface StreamSession {
  readonly principal: Principal;
  /** What the stream was opened with. A person may have several sessions that began at one moment. */
  readonly credentials: string;
  /** Who the credentials of the stream identify now; null for nobody. Rejects if that cannot be judged. */
  identify(): Promise<Principal | null>;
}

/** Streams by session, so that each session is verified once, however many streams it has. */
export interface StreamSessions {
  add(subscriber: Subscriber, session: StreamSession): void;
  remove(subscriber: Subscriber): void;
  /** Verifies all sessions, or those of a principal, and calls `onEnd` for the subscribers of each that has ended. */
  verify(onEnd: (subscriber: Subscriber) => void, of?: Principal): Promise<void>;
}

interface Group {
  readonly session: StreamSession;
  readonly subscribers: Set<Subscriber>;
  isVerifying: boolean;
}

export function createStreamSessions(clock: { now(): number }): StreamSessions {
  const groups = new Map<string, Group>();
  const keys = new Map<Subscriber, string>();

  return {
    add(subscriber, session) {
      const key = `${keyOf(session.principal)} ${session.credentials}`;
      keys.set(subscriber, key);
      const group = groups.get(key) ?? { session, subscribers: new Set(), isVerifying: false };
      group.subscribers.add(subscriber);
      groups.set(key, group);
    },
    remove(subscriber) {
      const key = keys.get(subscriber) ?? '';
      const group = groups.get(key);
      keys.delete(subscriber);
      group?.subscribers.delete(subscriber);
      if (group?.subscribers.size === 0) groups.delete(key);
    },
    async verify(onEnd, of) {
      const prefix = of ? `${keyOf(of)} ` : '';
      await Promise.all(
        [...groups].map(async ([key, group]) => {
          if (!key.startsWith(prefix) || (await isLive(group))) return;
          for (const subscriber of group.subscribers) onEnd(subscriber);
        }),
      );
    },
  };

  async function isLive(group: Group): Promise<boolean> {
    const { principal } = group.session;
    if (clock.now() >= principal.expiresAt) return false;
    if (group.isVerifying) return true;
    group.isVerifying = true;
    try {
      const present = await group.session.identify();
      return present !== null && keyOf(present) === keyOf(principal);
    } catch {
      // Neither nobody nor somebody: the next request of the client gets that error.
      return false;
    } finally {
      group.isVerifying = false;
    }
  }
}

function keyOf({ kind, id, signedInAt, expiresAt }: Principal): string {
  return JSON.stringify([kind, id, signedInAt, expiresAt]);
}
