import type { FailureCodec } from '../cache/leased-loads.ts';
import {
  GatewayError,
  UpstreamInvalid,
  UpstreamRejected,
  UpstreamTimeout,
  UpstreamUnavailable,
} from '../domain/errors.ts';

const FAILURES = [UpstreamUnavailable, UpstreamTimeout, UpstreamRejected, UpstreamInvalid];

/** The failure of one process's load for those that waited for it: its code and the message that clients see. */
export const failureCodec: FailureCodec = {
  toText: (failure) =>
    JSON.stringify(
      failure instanceof GatewayError ? [failure.name, failure.message] : ['Error', 'a load failed'],
    ),
  fromText(text) {
    const [name, message] = parse(text);
    const Failure = FAILURES.find((each) => each.name === name) ?? Error;
    return new Failure(message);
  },
};

function parse(text: string): readonly [name: string, message: string] {
  try {
    const [name, message] = JSON.parse(text);
    return [String(name), String(message)];
  } catch {
    return ['Error', 'a load failed in another process'];
  }
}
