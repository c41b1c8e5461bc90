/** The load on a server. */
export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The distinct requests, as JSON on one line each. */
  readonly bodies: readonly string[];
  /** The repeated order of the requests, as positions in `bodies`. */
  readonly order: readonly number[];
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  /** Number of responses. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  /** Failed responses: a status other than 2xx, truncated, or too late. */
  readonly failed: number;
}

/** A load generator, which runs on the cores of the benchmark. */
export interface LoadGenerator {
  readonly name: string;
  run(load: Load): Promise<LoadResult>;
}
