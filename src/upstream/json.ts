import type { Report, Route } from './events.ts';
import { invalid } from './failures.ts';
import type { HttpAnswer } from './http-exchange.ts';
import { PayloadFault } from './payloads.ts';

/** The answer's body as `read` makes it out. Throws UpstreamInvalid where it is no JSON or `read` finds a fault. */
export function readJson<T>(route: Route, answer: HttpAnswer, read: (body: unknown) => T, report: Report): T {
  try {
    return read(parse(answer.text));
  } catch (error) {
    if (!(error instanceof PayloadFault)) throw error;
    report({ type: 'upstream-payload-rejected', route, field: error.field });
    throw invalid(error.message);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the payload.
    throw new PayloadFault('');
  }
}
