/** A Redis command that names at most one key, or keys of one slot. */
export type Command = readonly [name: string, ...args: readonly (string | number | Buffer)[]];

/** The reply of Redis to one command: a value as bytes; an Error if Redis refused the command. */
export type Reply = Buffer | number | string | null | Error | readonly Reply[];

/** A Redis client that fails fast. */
export interface RedisClient {
  /**
   * This process has stalled, and does not know yet whether Redis is reachable: a failed trip does not mean that Redis is
   * down. Undefined if the client never stalls.
   */
  readonly isResuming?: boolean;
  /**
   * Sends the commands in one trip (one per node of a cluster) and resolves to one reply per command. Rejects if Redis does
   * not reply within `timeoutMs`: Redis may have executed the commands, or may still execute them.
   */
  send(commands: readonly Command[], timeoutMs: number): Promise<readonly Reply[]>;
}
