/** Says on a terminal what is being done now, on one line; says nothing where nobody watches. */
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
