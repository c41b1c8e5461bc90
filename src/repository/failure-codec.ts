import type { FailureCodec } from '../cache/index.ts';
import {
  GatewayError,
  UpstreamInvalid,
  UpstreamRejected,
  UpstreamTimeout,
  UpstreamUnavailable,
} from '../domain/errors.ts';

const FAILURES = [UpstreamUnavailable, UpstreamTimeout, UpstreamRejected, UpstreamInvalid];

/** Encodes a failed load for waiting processes: its code, its message and the time until a retry. */
export const failureCodec: FailureCodec = {
  toText: (failure) =>
    JSON.stringify(
      failure instanceof GatewayError
        ? [failure.name, failure.message, failure.retryAfterMs]
        : ['Error', 'the load failed'],
    ),
  fromText(text) {
    const { name, message, retryAfterMs } = parse(text);
    const Failure = FAILURES.find((each) => each.name === name);
    if (!Failure) return new Error(message);
    return new Failure(message, { ...(retryAfterMs !== undefined && { retryAfterMs }) });
  },
};

interface FailureText {
  readonly name: string;
  readonly message: string;
  readonly retryAfterMs?: number;
}

function parse(text: string): FailureText {
  try {
    const [name, message, retryAfterMs] = JSON.parse(text);
    const fields = { name: String(name), message: String(message) };
    return typeof retryAfterMs === 'number' ? { ...fields, retryAfterMs } : fields;
  } catch {
    return { name: 'Error', message: 'the load failed in another process' };
  }
}
