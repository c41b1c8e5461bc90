import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { invalid } from './failures.ts';
import { type BodyReader, BodyTooLarge, createBodyReader } from './response-body.ts';
import { TransientFailure } from './retry.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: URLSearchParams;
  /** Maximum length of a successful response body in bytes, as sent and after decompression. */
  readonly maxBytes: number;
}

export interface HttpResponse {
  readonly status: number;
  readonly retryAfter: string | null;
  /** Empty for an error response whose body exceeds 64 KiB. */
  readonly text: string;
  /** Length of the body after decompression. */
  readonly bytes: number;
}

interface ExchangeOptions {
  readonly signal: AbortSignal;
  /** Maximum time without a byte from the upstream, in milliseconds. */
  readonly silenceMs: number;
  /** Called with the bound if a body exceeds it. */
  readonly onTooLarge: (maxBytes: number) => void;
}

/**
 * Sends one request and reads the response. Redirects are not followed: they are not in the contract, and could send
 * the credentials to another host. Informational responses (1xx) are skipped.
 * @throws TransientFailure if the connection fails or is silent for too long, or `signal` aborts.
 * @throws UpstreamInvalid if the body or the header exceeds its bound, or the body cannot be decompressed.
 */
export type Exchange = (request: HttpRequest, options: ExchangeOptions) => Promise<HttpResponse>;

/** Errors have a short problem document, of which only the error code is read. */
const MAX_ERROR_BYTES = 64 * 1024;

/** `maxHeldBytes` bounds the memory of all bodies in progress together. */
export function createExchange(maxHeldBytes: number): Exchange {
  const readBody = createBodyReader(maxHeldBytes);

  return async (request, { signal, silenceMs, onTooLarge }) => {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), silenceMs);
    try {
      const response = await send(request, AbortSignal.any([signal, silence.signal]));
      timer.refresh();
      return await read(readBody, response, request.maxBytes, () => timer.refresh());
    } catch (error) {
      if (error instanceof TransientFailure) throw error;
      if (silence.signal.aborted)
        throw new TransientFailure(`no response data for ${silenceMs} ms`, { timedOut: true });
      if (error instanceof BodyTooLarge) {
        onTooLarge(error.maxBytes);
        throw invalid(error.message);
      }
      const code = errorCode(error);
      if (code === 'HPE_HEADER_OVERFLOW') throw invalid('the response header is too large');
      if (UNPACKING_FAILED.test(code)) throw invalid('the body could not be decompressed');
      throw new TransientFailure(`connection failed: ${code}`);
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Error codes of zlib and brotli, and the one for an unsupported content coding. */
const UNPACKING_FAILED = /^(Z_|ERR__|ERR_BROTLI|ERR_CONTENT_CODING)/;

/**
 * Uses the HTTP client of Node, which skips an unexpected `100 Continue` as RFC 9110, section 15.2, demands; `fetch`
 * fails on it. Its global agents keep connections alive, and use a proxy if NODE_USE_ENV_PROXY is set.
 */
function send({ method, url, headers, body }: HttpRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const form = body?.toString();
  const content = form !== undefined && {
    'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
    'content-length': String(Buffer.byteLength(form)),
  };
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = (url.startsWith('https:') ? https : http).request(url, {
    method,
    headers: { accept: 'application/json', 'accept-encoding': 'gzip, br', ...content, ...headers },
    signal,
  });
  request.on('response', resolve);
  // The handler owns the socket of an unexpected upgrade, so it must close it.
  request.on('upgrade', (_, socket) => socket.destroy());
  // Also emitted after the response has begun; then the reader of the body gets the error too.
  request.on('error', reject);
  request.on('close', () => reject(new Error('closed without a response')));
  request.end(form);
  return promise;
}

async function read(
  readBody: BodyReader,
  response: IncomingMessage,
  maxBytes: number,
  onBytes: () => void,
): Promise<HttpResponse> {
  const { statusCode: status = 0, headers } = response;
  const head = { status, retryAfter: headers['retry-after'] ?? null };
  const isError = status < 200 || status > 299;
  try {
    const body = await readBody(response, isError ? Math.min(maxBytes, MAX_ERROR_BYTES) : maxBytes, onBytes);
    // Drops a byte order mark, and replaces invalid UTF-8 with U+FFFD.
    return { ...head, text: new TextDecoder().decode(body), bytes: body.length };
  } catch (error) {
    // The status already tells the failure.
    if (isError && error instanceof BodyTooLarge) return { ...head, text: '', bytes: 0 };
    throw error;
  }
}

/** A code such as ECONNREFUSED. The message is dropped: it can quote the address and the rejected header. */
function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.cause instanceof Error ? errorCode(error.cause) : error.name;
}
