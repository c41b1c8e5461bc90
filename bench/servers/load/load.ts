/** How a server is loaded. */
export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The different requests that are sent, as JSON on one line each. */
  readonly bodies: readonly string[];
  /** In which order they are sent, over and over: positions in `bodies`. */
  readonly order: readonly number[];
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Answers that were no answers: other than 2xx, cut off, or too late. */
  readonly failed: number;
}

/** Something that makes load, on the cores of the benchmark. */
export interface LoadGenerator {
  readonly name: string;
  run(load: Load): Promise<LoadResult>;
}
