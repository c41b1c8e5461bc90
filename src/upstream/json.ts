import { parseBoundedJson } from './bounded-json.ts';
import type { Report, Route } from './events.ts';
import { invalid } from './failures.ts';
import type { HttpAnswer } from './http-exchange.ts';

import { PayloadFault } from './payloads.ts';

/** The answer's body as `read` makes it out. Throws UpstreamInvalid where it is no JSON or `read` finds a fault. */
export function readJson<T>(route: Route, answer: HttpAnswer, read: (body: unknown) => T, report: Report): T {
  try {
    return read(parseBoundedJson(answer.text));
  } catch (error) {
    if (!(error instanceof PayloadFault)) throw error;
    report({ type: 'upstream-payload-rejected', route, field: error.field });
    throw invalid(error.message);
  }
}
