import { megabytes, rounded } from '../../lib/units.ts';
import { check } from '../answers.ts';
import { dataOf, forEach } from '../client.ts';
import { withServers } from '../comparison.ts';
import { gateway } from '../contenders.ts';
import { differentQuestions } from '../questions.ts';
import type { Scenario } from '../scenario.ts';

const DIFFERENT = 100_000;
const MEASURED_EVERY = 0.1;
const CHECKED = 50;

interface Measured {
  readonly asked: number;
  readonly bytes: number;
  readonly answered: number;
}

/** Memory of a process that never gets the same request twice. */
export const memory: Scenario = async (surroundings) => {
  const { client, quick, progress } = surroundings;
  const { upstream, reference } = await surroundings.dataset();
  const count = quick ? DIFFERENT / 20 : DIFFERENT;
  const measured = await withServers([gateway(upstream.variables)], surroundings, async ([server]) => {
    if (!server) return [];
    const found: Measured[] = [{ asked: 0, bytes: server.memory(), answered: 0 }];
    const questions = differentQuestions(count);
    const step = count * MEASURED_EVERY;
    let answered = 0;
    for (let asked = step; asked <= count; asked += step) {
      progress.now(`${rounded(asked)} different answers`);
      await forEach(questions.slice(asked - step, asked), async (body) => {
        const reply = await client.ask(server.url, body);
        dataOf(reply);
        answered += reply.bytes.length;
      });
      found.push({ asked, bytes: server.memory(), answered });
    }
    // Check only now, because a repeated request would not be distinct.
    await check(client, server, await reference(questions.slice(-CHECKED)));
    return found;
  });
  return {
    title: 'Memory',
    about: 'A gateway with its default settings and a different request each time, over 32 connections.',
    rows: [
      ['different responses', 'their total size', 'resident memory of the gateway'],
      ...measured.map(({ asked, bytes, answered }) => [
        rounded(asked),
        megabytes(answered),
        megabytes(bytes),
      ]),
    ],
    figures: [],
    data: measured,
  };
};
