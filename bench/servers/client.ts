import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** The raw bytes, still encoded. */
  readonly bytes: Buffer;
}

export interface Call {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const MOST_CONNECTIONS = 32;

/** The headers of every request, from any sender. */
export const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** Sends single requests over persistent connections; for everything except the load. */
export function createClient() {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  const send = ({ url, method = 'GET', headers = {}, body = '' }: Call) =>
    new Promise<Reply>((resolve, reject) => {
      const sent = { ...headers, ...(body && { 'content-length': String(Buffer.byteLength(body)) }) };
      request(url, { agent, method, headers: sent }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            bytes: Buffer.concat(chunks),
          }),
        );
      })
        .on('error', reject)
        .end(body);
    });

  return {
    send,
    /** A GraphQL request, whose body is JSON already. */
    ask: (url: string, body: string, headers: Readonly<Record<string, string>> = {}) =>
      send({ url, method: 'POST', headers: { ...JSON_HEADERS, ...headers }, body }),
    close: () => agent.destroy(),
  };
}

export type Client = ReturnType<typeof createClient>;

/** @throws if the status is not 200, or the body is not JSON in a known coding. */
export function parsed({ status, headers, bytes }: Reply): unknown {
  const text = decoded(headers['content-encoding'], bytes).toString();
  if (status !== 200) throw new Error(`status ${status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

/** @throws also if the response has errors. */
export function dataOf<T>(reply: Reply): T {
  const { data, errors } = parsed(reply) as { readonly data: T; readonly errors?: unknown };
  if (errors) throw new Error(`the answer has errors: ${JSON.stringify(errors).slice(0, 500)}`);
  return data;
}

function decoded(coding: string | undefined, bytes: Buffer): Buffer {
  switch (coding) {
    case undefined:
    case 'identity':
      return bytes;
    case 'gzip':
      return gunzipSync(bytes);
    case 'br':
      return brotliDecompressSync(bytes);
  }
  throw new Error(`nobody asked for ${coding}`);
}

/** Runs the work for every item, some concurrently, and returns the results in order. */
export async function forEach<T, R>(
  items: readonly T[],
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await act(items[index] as T);
    }
  };
  await Promise.all(Array.from({ length: MOST_CONNECTIONS }, work));
  return results;
}
