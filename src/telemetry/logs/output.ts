import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';

/** Standard output accepts lines again after it had dropped some. */
export interface OutputEvent {
  readonly type: 'log-lines-dropped';
  readonly lines: number;
}

/** Standard output of a process that serves requests: a write never waits for the reader and never throws. */
export interface Output {
  readonly isTerminal: boolean;
  /** Writes a text that ends with a newline, buffers it until the reader accepts more, or drops it. */
  write(text: string): void;
  /** The number of texts dropped since the start. */
  dropped(): number;
  /** Resolves once every buffered text is written or dropped, after `ms` at the latest. */
  flush(ms: number): Promise<void>;
}

const STDOUT = 1;
// The buffer for a reader that falls behind.
const MAX_KEPT_BYTES = 256 * 1024;
const RETRY_MS = 50;

/**
 * Standard output that buffers up to 256 KiB while the reader falls behind. It drops texts beyond that, while the disk
 * is full, and after the reader closed. Once it can write again, `onRecovered` gets the number of dropped texts.
 */
export function createOutput(onRecovered: (dropped: number) => void): Output {
  const fd = nonBlocking(STDOUT);
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let retry: NodeJS.Timeout | undefined;
  let dropped = 0;
  let unreported = 0;
  // The number of bytes written of the first buffered text.
  let writtenOfFirst = 0;
  // The rest of a text was dropped, so the next one must start with a new line.
  let endsAmidLine = false;

  return {
    isTerminal: isatty(STDOUT),
    write(text) {
      const bytes = Buffer.from(endsAmidLine && kept.length === 0 ? `\n${text}` : text);
      if (keptBytes + bytes.length > MAX_KEPT_BYTES) return drop(1);
      kept.push(bytes);
      keptBytes += bytes.length;
      if (retry === undefined) writeKept();
    },
    dropped: () => dropped,
    async flush(ms) {
      for (let waited = 0; kept.length > 0 && waited < ms; waited += RETRY_MS) await sleep(RETRY_MS);
    },
  };

  function writeKept(): void {
    retry = undefined;
    try {
      for (let first = kept[0]; first !== undefined; first = kept[0]) {
        writtenOfFirst += writeSync(fd, first, writtenOfFirst);
        endsAmidLine = false;
        if (writtenOfFirst < first.length) continue;
        kept.shift();
        keptBytes -= first.length;
        writtenOfFirst = 0;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') {
        // No event signals that the reader reads again. The timer must not keep the process alive.
        retry = setTimeout(writeKept, RETRY_MS).unref();
        return;
      }
      endsAmidLine ||= writtenOfFirst > 0;
      drop(kept.length);
      [kept, keptBytes, writtenOfFirst] = [[], 0, 0];
      return;
    }
    reportRecovery();
  }

  function drop(count: number): void {
    dropped += count;
    unreported += count;
  }

  function reportRecovery(): void {
    if (unreported === 0) return;
    const count = unreported;
    unreported = 0;
    onRecovered(count);
    // The report itself was dropped.
    if (unreported > 0) unreported += count;
  }
}

/** A descriptor of the same file whose writes fail with EAGAIN instead of waiting for the reader. */
function nonBlocking(fd: number): number {
  if (fstatSync(fd).isFile()) return fd;
  try {
    // A new open file description: processes that share one also share its flags and could reset them.
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // Sockets and pipes of other users cannot be reopened. Node makes them non-blocking once it opens them as a stream.
    void process.stdout;
    return fd;
  }
}
