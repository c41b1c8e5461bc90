import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../domain/clock.ts';
import { RequestRefused } from './refusal.ts';

/** A request whose body is read, and its response. */
interface BodyExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** By the monotonic clock. */
  readonly beganAt: number;
}

/** Reads the bodies of requests, all within one budget, because their senders are not authenticated yet. */
export interface BodyReader {
  /**
   * The whole body, of at most `limit` bytes; without a promise if it is small and has come already. Memory goes by the
   * bytes that have come, not by the announced length or the number of chunks. A body counts towards the budget until its
   * response is sent.
   * @throws RequestRefused: 413 for a larger body, 400 if the client disconnected, 408 after the time limit, 503 if the
   * budget is used up.
   */
  read(exchange: BodyExchange, limit: number): Buffer | Promise<Buffer>;
  /** The number of buffered bytes, without the free bytes of each body. */
  heldBytes(): number;
}

export interface BodyReaderOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly budgetBytes?: number;
  readonly maxBodies?: number;
}

interface Unfinished {
  readonly beganAt: number;
  /** Its part of the budget, in bytes. */
  charged: number;
  refuse(error: RequestRefused): void;
}

const TIME_LIMIT_MS = 30_000;
const CHECKED_EVERY_MS = 1_000;

// Every operation of a front end is smaller. These bytes are within the memory that connections take.
const FREE_BYTES = 16 * 1024;

const MIN_BLOCK_BYTES = 1024;
const MAX_BLOCK_BYTES = 64 * 1024;

/**
 * When the budget is used up, the bodies that began first are refused: slow and endless senders go before others. A body
 * that arrives at once never waits.
 */
export function createBodyReader({
  clock,
  budgetBytes = 32 * 1024 * 1024,
  maxBodies = 1000,
}: BodyReaderOptions): BodyReader {
  // The oldest first.
  const unfinished = new Set<Unfinished>();
  let held = 0;
  let isChecking = false;

  return {
    read(exchange, limit) {
      const { request } = exchange;
      const length = Number(request.headers['content-length']);
      const isThere =
        request.readableLength === length && length > 0 && length <= Math.min(limit, FREE_BYTES);
      if (isThere) return request.read();
      return new Promise((resolve, reject) => readWhole(exchange, limit, resolve, reject));
    },
    heldBytes: () => held,
  };

  function readWhole(
    { request, response, beganAt }: BodyExchange,
    limit: number,
    resolve: (body: Buffer) => void,
    reject: (error: RequestRefused) => void,
  ): void {
    const length = Number(request.headers['content-length'] ?? Number.NaN);
    if (length > limit) {
      reject(tooLarge(limit));
      return;
    }
    if (request.destroyed) {
      reject(incomplete());
      return;
    }
    const blocks = createBlocks(Number.isNaN(length) ? limit : length);
    let whole: Buffer | undefined;
    let size = 0;
    const body: Unfinished = { beganAt, charged: 0, refuse };
    unfinished.add(body);
    if (unfinished.size > maxBodies) shedFirst(() => true);
    if (!isChecking) checkLater();

    // The rest of a body that is refused is still read, and dropped, as long as its connection stays.
    request.on('data', (chunk: Buffer) => {
      if (!unfinished.has(body)) return;
      size += chunk.length;
      if (size > limit) refuse(tooLarge(limit));
      else if (size === length && chunk.length === length) whole = chunk;
      else blocks.append(chunk);
      charge(Math.max(size, blocks.capacity()));
    });
    request.on('end', () => {
      if (unfinished.delete(body)) resolve(whole ?? blocks.join());
    });
    request.on('error', () => refuse(incomplete()));

    function charge(bytes: number): void {
      const more = bytes - FREE_BYTES - body.charged;
      if (more <= 0 || !unfinished.has(body)) return;
      if (body.charged === 0) response.on('close', release);
      body.charged += more;
      held += more;
      while (held > budgetBytes && unfinished.has(body)) shedFirst(({ charged }) => charged > 0);
    }

    function release(): void {
      held -= body.charged;
      body.charged = 0;
    }

    function refuse(error: RequestRefused): void {
      if (!unfinished.delete(body)) return;
      blocks.drop();
      release();
      reject(error);
    }
  }

  function shedFirst(may: (body: Unfinished) => boolean): void {
    for (const body of unfinished) {
      if (!may(body)) continue;
      body.refuse(overloaded());
      return;
    }
  }

  // One timer for all: most bodies are whole before a timer of their own would be worth its cost.
  function checkLater(): void {
    isChecking = true;
    setTimeout(refuseLate, CHECKED_EVERY_MS).unref();
  }

  function refuseLate(): void {
    isChecking = false;
    const latest = clock.monotonic() - TIME_LIMIT_MS;
    for (const body of unfinished) {
      if (body.beganAt > latest) break;
      body.refuse(late());
    }
    if (unfinished.size > 0) checkLater();
  }
}

/** Bytes that come in chunks of any size, of which at most `ceiling` come. */
function createBlocks(ceiling: number) {
  let blocks: Buffer[] = [];
  let capacity = 0;
  let size = 0;
  return {
    capacity: () => capacity,
    append(chunk: Buffer): void {
      let from = 0;
      while (from < chunk.length) {
        if (size === capacity) grow(chunk.length - from);
        const block = blocks.at(-1) as Buffer;
        const copied = chunk.copy(block, block.length - (capacity - size), from);
        from += copied;
        size += copied;
      }
    },
    join(): Buffer {
      const joined = Buffer.concat(blocks, size);
      drop();
      return joined;
    },
    drop,
  };

  // As much again as there is, so that the blocks are few.
  function grow(needed: number): void {
    const bytes = Math.min(Math.max(needed, size, MIN_BLOCK_BYTES), MAX_BLOCK_BYTES, ceiling - size);
    blocks.push(Buffer.allocUnsafeSlow(bytes));
    capacity += bytes;
  }

  // Frees their memory now. Collection would wait for garbage of its own kind.
  function drop(): void {
    for (const { buffer } of blocks) (buffer as ArrayBuffer).transfer(0);
    blocks = [];
  }
}

function tooLarge(limit: number): RequestRefused {
  return new RequestRefused(413, `The request body exceeds ${limit} bytes.`);
}

function incomplete(): RequestRefused {
  return new RequestRefused(400, 'The request body is incomplete.');
}

function late(): RequestRefused {
  const message = `The request body did not arrive within ${TIME_LIMIT_MS / 1000} seconds.`;
  return new RequestRefused(408, message, { headers: { Connection: 'close' } });
}

function overloaded(): RequestRefused {
  return new RequestRefused(503, 'Too many request bodies are being received. Try again.', {
    code: 'OVERLOADED',
    headers: { Connection: 'close', 'Retry-After': '1' },
  });
}
