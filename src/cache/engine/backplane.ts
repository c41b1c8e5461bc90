/** A message between processes. It may be lost, late or duplicated: only speed depends on it, never correctness. */
export type Message =
  | { readonly type: 'invalidated'; readonly tags: readonly string[] }
  | { readonly type: 'settled'; readonly keys: readonly string[] };

export interface Backplane {
  /** Sends a message to the other processes. Delivery is not guaranteed. */
  publish(message: Message): void;
  /** Sets the listener for messages of other processes, and the one for gaps in which messages may have been missed. */
  listen(onMessage: (message: Message) => void, onGap: () => void): void;
}
