import { Presets, SingleBar } from 'cli-progress';

/** Shows the progress of a long task. */
export interface Progress {
  update(done: number, total: number): void;
  end(): void;
}

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

/** A bar on a terminal; otherwise one line for each tenth. */
export function createProgress(name: string, unit: string, stream: Stream): Progress {
  return stream.isTTY ? bar(name, unit, stream as NodeJS.WriteStream) : lines(name, unit, stream);
}

function bar(name: string, unit: string, stream: NodeJS.WriteStream): Progress {
  const format = `${name} [{bar}] {percentage}% | {value} of {total} ${unit} | {eta_formatted} left`;
  const shown = new SingleBar({ format, stream, hideCursor: true, clearOnComplete: false }, Presets.rect);
  let started = false;
  return {
    update(done, total) {
      if (started) {
        shown.setTotal(total);
        shown.update(done);
      } else shown.start(total, done);
      started = true;
    },
    end() {
      if (started) shown.stop();
    },
  };
}

function lines(name: string, unit: string, stream: Stream): Progress {
  let tenth = -1;
  return {
    update(done, total) {
      const now = Math.floor((10 * done) / Math.max(total, 1));
      if (now === tenth) return;
      tenth = now;
      stream.write(`${name}: ${done} of ${total} ${unit}\n`);
    },
    end() {},
  };
}
