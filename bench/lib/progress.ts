/** Shows the current step on one line of a terminal; prints nothing without a terminal. */
export interface Progress {
  now(doing: string): void;
  done(): void;
}

const CLEAR_LINE = '\r\u001b[2K';

export function createProgress(terminal: NodeJS.WriteStream): Progress {
  return {
    now(doing) {
      if (terminal.isTTY) terminal.write(`${CLEAR_LINE}${doing} …`);
    },
    done() {
      if (terminal.isTTY) terminal.write(CLEAR_LINE);
    },
  };
}
