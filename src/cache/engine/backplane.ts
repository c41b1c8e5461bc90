/** What processes tell each other. It may be lost, late or doubled: nothing relies on it but speed. */
export type Message =
  | { readonly type: 'invalidated'; readonly tags: readonly string[] }
  | { readonly type: 'settled'; readonly keys: readonly string[] };

export interface Backplane {
  /** Tells the other processes; whether they hear is not known. */
  publish(message: Message): void;
  /** Sets who hears what the others tell, and who is told that something may have been missed. */
  listen(onMessage: (message: Message) => void, onGap: () => void): void;
}
