import { unavailable } from './failures.ts';

/** The request for which a call is made. Compared by identity. */
export type Requester = object | string;

export interface FairQueueOptions {
  /** Maximum number of concurrent calls. */
  readonly concurrency: number;
  /** Maximum number of waiting calls, of all requesters together. */
  readonly maxWaiting: number;
  /** Maximum number of waiting calls of one requester. Background work is bounded by `maxWaiting` only. */
  readonly maxWaitingEach: number;
}

export interface FairQueue {
  /**
   * Runs `work` once a slot is free. Without a requester it is background work.
   * @throws UpstreamUnavailable if too many calls wait, the reason of `signal` if it aborts during the wait, and any
   * error of `work`.
   */
  run<T>(requester: Requester | undefined, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

interface Account {
  /** Calls that wait or run. */
  pending: number;
  waiting: number;
  /** Slots used since it last had no pending call. */
  served: number;
}

interface Ticket {
  readonly account: Account;
  readonly start: () => void;
  readonly refuse: (reason: unknown) => void;
}

/** Every n-th slot goes to the call that has waited longest, so large requests and background work never starve. */
const OLDEST_FIRST_EVERY = 4;

/**
 * Slots for upstream calls, shared fairly between requesters: the next slot goes to the requester with the fewest slots
 * so far (least attained service), and to its longest-waiting call. A request with one call waits for about one call to
 * end, however many calls of others wait. Background work comes after all requests.
 */
export function createFairQueue({ concurrency, maxWaiting, maxWaitingEach }: FairQueueOptions): FairQueue {
  /** In the order of arrival. */
  const tickets = new Set<Ticket>();
  const accounts = new Map<Requester, Account>();
  const background: Account = { pending: 0, waiting: 0, served: Number.POSITIVE_INFINITY };
  let underWay = 0;
  let turns = 0;

  return {
    async run(requester, signal, work) {
      const account = accountOf(requester);
      account.pending += 1;
      try {
        if (underWay < concurrency) take(account);
        else await turn(account, signal);
        return await work().finally(release);
      } finally {
        account.pending -= 1;
        if (requester !== undefined && account.pending === 0) accounts.delete(requester);
      }
    },
  };

  function accountOf(requester: Requester | undefined): Account {
    if (requester === undefined) return background;
    const account = accounts.get(requester) ?? { pending: 0, waiting: 0, served: 0 };
    accounts.set(requester, account);
    return account;
  }

  function take(account: Account): void {
    underWay += 1;
    account.served += 1;
  }

  function release(): void {
    underWay -= 1;
    nextTicket()?.start();
  }

  /** Resolves when the slot has been taken. */
  async function turn(account: Account, signal: AbortSignal): Promise<void> {
    makeRoomFor(account);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = () => {
      tickets.delete(ticket);
      account.waiting -= 1;
      signal.removeEventListener('abort', abort);
    };
    const ticket: Ticket = {
      account,
      start() {
        leave();
        // Take the slot synchronously, before another caller finds it free.
        take(account);
        resolve();
      },
      refuse(reason) {
        leave();
        reject(reason);
      },
    };
    const abort = () => ticket.refuse(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', abort);
    tickets.add(ticket);
    account.waiting += 1;
    return promise;
  }

  /** In a full queue, the newest call of the requester with the most waiting calls is refused for a requester with fewer. */
  function makeRoomFor(account: Account): void {
    const isFull = account !== background && account.waiting >= maxWaitingEach;
    if (isFull) throw unavailable('too many upstream calls of one requester are queued');
    if (tickets.size < maxWaiting) return;
    let last: Ticket | undefined;
    for (const ticket of tickets) if (!last || ticket.account.waiting >= last.account.waiting) last = ticket;
    if (!last || last.account.waiting <= account.waiting + 1)
      throw unavailable('too many upstream calls are queued');
    last.refuse(unavailable('too many upstream calls are queued'));
  }

  function nextTicket(): Ticket | undefined {
    turns += 1;
    const [oldest] = tickets;
    if (turns % OLDEST_FIRST_EVERY === 0) return oldest;
    let next = oldest;
    for (const ticket of tickets) if (next && ticket.account.served < next.account.served) next = ticket;
    return next;
  }
}
