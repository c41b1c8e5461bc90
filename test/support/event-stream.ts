import { request } from 'node:http';
import { onTestFinished } from 'vitest';

/** An open event stream, as a program reads it that knows nothing of GraphQL. */
export interface TestStream {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The data of all `next` events so far. */
  readonly results: readonly { data?: Record<string, unknown> | null; errors?: readonly StreamError[] }[];
  /** The text so far. */
  text(): string;
  /** How it ended: by `complete`, by its end without that, or by a cut; null while it is open. */
  ended(): 'complete' | 'end' | 'cut' | null;
  close(): void;
}

interface StreamError {
  readonly message: string;
  readonly extensions: { readonly code: string };
}

/** Opens a stream by POST. It is closed when the test has finished. */
export function openStream(
  { origin }: { readonly origin: string },
  query: string,
  variables: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<TestStream> {
  const { promise, resolve, reject } = Promise.withResolvers<TestStream>();
  const sent = request(
    `${origin}/graphql`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
      agent: false,
    },
    (response) => {
      let text = '';
      let ended: 'complete' | 'end' | 'cut' | null = null;
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        ended = text.endsWith('event: complete\ndata:\n\n') ? 'complete' : 'end';
      });
      response.on('error', () => {
        ended = 'cut';
      });
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        get results() {
          return [...text.matchAll(/^event: next\ndata: (.*)\n\n/gm)].map(([, json = '']) =>
            JSON.parse(json),
          );
        },
        text: () => text,
        ended: () => ended,
        close: () => void response.destroy(),
      });
    },
  );
  sent.on('error', reject);
  sent.end(JSON.stringify({ query, variables }));
  onTestFinished(() => void sent.destroy());
  return promise;
}
