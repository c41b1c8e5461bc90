/** A Redis command that names at most one key, or keys of one slot. */
export type Command = readonly [name: string, ...args: readonly (string | number | Buffer)[]];

/** What Redis replied to one command: values as bytes; an Error where it refused that command. */
export type Reply = Buffer | number | string | null | Error;

/** How the cache reaches Redis. */
export interface RedisPort {
  /**
   * This process has stalled, and it is not known yet whether Redis is there. A trip that fails is no sign then that
   * nobody can be asked. Undefined where it is never so.
   */
  readonly isResuming?: boolean;
  /**
   * Sends the commands in one trip, one a node in a cluster, and gives a reply for each. Rejects where Redis does
   * not answer within `timeoutMs`: what was sent may then have been done, or be done still.
   */
  send(commands: readonly Command[], timeoutMs: number): Promise<readonly Reply[]>;
}
