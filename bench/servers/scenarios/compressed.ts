import { rateSpread, rounded, times } from '../../lib/units.ts';
import type { Target } from '../answers.ts';
import { seriesOf, withServers } from '../comparison.ts';
import { gateway, peers } from '../contenders.ts';
import { pageQuestion } from '../questions.ts';
import type { Scenario } from '../scenario.ts';
import { measure, rates, ratio } from '../series.ts';

const CODINGS = ['identity', 'gzip', 'br'];

/** The hot response in the content codings that browsers accept. */
export const compressed: Scenario = async (surroundings) => {
  const { upstream, reference, writeWorld } = await surroundings.dataset();
  const body = pageQuestion(1);
  const answers = await reference([body]);
  const contenders = [gateway(upstream.variables), ...peers(writeWorld(answers.values()), 'bare node:http')];
  return withServers(contenders, surroundings, async (servers) => {
    const targets = servers.flatMap(inEachCoding);
    const measured = await measure(targets, { answers, connections: 32 }, surroundings);
    const sent = new Map<string, { readonly coding: string; readonly bytes: number }>();
    for (const { name, url, headers } of targets) {
      const reply = await surroundings.client.ask(url, body, headers);
      sent.set(name, {
        coding: reply.headers['content-encoding'] ?? 'identity',
        bytes: reply.bytes.length,
      });
    }
    return {
      title: 'Compressed',
      about: 'The hot response, with a client that accepts one content coding, over 32 connections.',
      rows: [
        ['', 'sent as', 'bytes', 'requests/s: median (low – high)', 'ratio to bare node:http, same coding'],
        ...[...measured].map(([name, series]) => [
          name,
          sent.get(name)?.coding ?? '',
          rounded(sent.get(name)?.bytes ?? 0),
          rateSpread(rates(series)),
          times(ratio(series, seriesOf(measured, `bare node:http, ${codingOf(name)}`)).median),
        ]),
      ],
      figures: [],
      data: { series: Object.fromEntries(measured), sent: Object.fromEntries(sent) },
    };
  });
};

function inEachCoding({ name, url }: Target): readonly Target[] {
  return CODINGS.map((coding) => ({
    name: `${name}, ${coding}`,
    url,
    headers: { 'accept-encoding': coding },
  }));
}

function codingOf(name: string): string {
  return name.split(', ').at(-1) ?? '';
}
