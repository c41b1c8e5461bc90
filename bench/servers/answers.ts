import { isDeepStrictEqual } from 'node:util';
import { type Client, parsed } from './client.ts';
import type { StoredAnswer } from './peers/world.ts';

/** A loaded server, and the request headers for it. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The expected responses, if they differ from those of the other servers. */
  readonly answers?: Answers;
  /** The CPU time that it has used, in milliseconds. Undefined where that is unknown. */
  readonly cpuMs?: () => number | undefined;
}

/** The expected response by request. */
export type Answers = ReadonlyMap<string, Pick<StoredAnswer, 'response'>>;

const MOST_CHECKED = 50;

/** @throws if a response differs from the reference. A large reference is checked in samples. */
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
