import { isDeepStrictEqual } from 'node:util';
import { type Client, parsed } from './client.ts';
import type { StoredAnswer } from './peers/world.ts';

/** What is loaded: a server, and what its requests say beside the question. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is right, where this one is not to answer as the others do. */
  readonly answers?: Answers;
}

/** What is right, by request. */
export type Answers = ReadonlyMap<string, Pick<StoredAnswer, 'response'>>;

const MOST_CHECKED = 50;

/** @throws where the target answers anything but the reference, of which a large one is tried in samples. */
export async function check(client: Client, { name, url, headers }: Target, answers: Answers): Promise<void> {
  const step = Math.ceil(answers.size / MOST_CHECKED);
  const sample = [...answers].filter((_, position) => position % step === 0);
  for (const [request, { response }] of sample) {
    const given = parsed(await client.ask(url, request, headers));
    if (!isDeepStrictEqual(given, JSON.parse(response))) {
      throw new Error(
        `${name} answers wrongly to ${request}:\n${JSON.stringify(given).slice(0, 1000)}\nnot\n${response.slice(0, 1000)}`,
      );
    }
  }
}
