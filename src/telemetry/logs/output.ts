import { constants, fstatSync, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';

/** Log lines that standard output did not take were dropped, and it takes lines again. */
export interface OutputEvent {
  readonly type: 'log-lines-dropped';
  readonly lines: number;
}

/** The standard output of a process that serves requests: no write waits for the reader, and none throws. */
export interface Output {
  readonly isTerminal: boolean;
  /** Writes a text that ends with a newline, or keeps it until the reader takes more, or drops it. */
  write(text: string): void;
  /** How many texts were dropped since the start. */
  dropped(): number;
  /** Resolves once everything that was kept has been written or dropped, after `ms` at the latest. */
  flush(ms: number): Promise<void>;
}

const STDOUT = 1;
// What is kept for a reader that has fallen behind.
const MAX_KEPT_BYTES = 256 * 1024;
const RETRY_MS = 50;

/**
 * Standard output that drops texts while the disk is full or the reader has gone, keeps up to 256 KiB while the reader
 * has fallen behind, and drops the rest. `onRecovered` gets the number of dropped texts once it can write again.
 */
export function createOutput(onRecovered: (dropped: number) => void): Output {
  const fd = nonBlocking(STDOUT);
  let kept: Buffer[] = [];
  let keptBytes = 0;
  let retry: NodeJS.Timeout | undefined;
  let dropped = 0;
  let unreported = 0;
  // How much of the first kept text has been written.
  let writtenOfFirst = 0;
  // The rest of a text was dropped: the next one has to begin a line of its own.
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
        // Nothing else tells when a reader reads again. The process does not stay for its log.
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

/** A descriptor of the same file on which a write fails with EAGAIN where it would wait for the reader. */
function nonBlocking(fd: number): number {
  if (fstatSync(fd).isFile()) return fd;
  try {
    // Opened anew, since who shares a descriptor shares its flags, and could change them back.
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    // Sockets and pipes of other users cannot be. Node makes these non-blocking itself once it knows them as a stream.
    void process.stdout;
    return fd;
  }
}
