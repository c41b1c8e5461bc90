import { byId } from './element.js';
import { differences, liveBetween, quantileBetween, total } from './figures.js';
import { createFigures } from './tiles.js';
import { count, latency, NOTHING, rate } from './words.js';

const FIGURES = [
  ['Subscribers', subscribers],
  ['Live questions', questions],
  ['Renewals a second', renewals],
  ['Frames a second', frames],
  ['Lateness, p95', lateness],
  ['Refused', refusals],
];

/** Who follows live responses, and how late changes are, at a gateway that has live responses turned on. */
export function createLive() {
  const figures = createFigures('live-tiles', FIGURES);
  return {
    update(first, last, point) {
      byId('live').hidden = !last.live;
      if (last.live) figures.update(first.live ?? last.live, last.live, point?.live);
    },
  };
}

function subscribers(_, { subscribers }) {
  const { sse, websocket } = subscribers;
  return [count(total(subscribers)), `${count(sse)} by event stream, ${count(websocket)} by WebSocket`];
}

function questions(_, { questions, subscribers }) {
  if (questions === 0) return [count(0), 'no subscribers'];
  return [count(questions), `${rate(total(subscribers) / questions)} subscribers a question`];
}

function renewals(first, last, perSecond) {
  const lately = differences(first.renewals, last.renewals);
  const { changed, failed } = lately;
  const details = `${count(total(lately))} in ten minutes: ${count(changed)} changed, ${count(failed)} failed`;
  return [rate(perSecond?.renewals ?? null), details];
}

function frames(first, last, perSecond) {
  const { frames } = liveBetween(first, last);
  const replaced = last.frames.replaced - first.frames.replaced;
  const details = `${count(frames)} in ten minutes, ${count(replaced)} replaced by newer ones`;
  return [rate(perSecond?.frames ?? null), details];
}

function lateness(first, last) {
  const [before, after] = [first, last].map(({ lateness: durations }) => ({ durations }));
  const [median, high] = [0.5, 0.95].map((quantile) => quantileBetween(before, after, quantile));
  return high === null ? [NOTHING, 'none in ten minutes'] : [latency(high), `p50 ${latency(median)}`];
}

function refusals(first, last) {
  const refused = differences(first.refused, last.refused);
  const { process, client, stopping } = refused;
  const reasons = [`${count(process)} by LIVE_MAX`, `${count(client)} by LIVE_MAX_PER_CLIENT`];
  if (stopping > 0) reasons.push(`${count(stopping)} while it stops`);
  return [count(total(refused)), reasons.join(', ')];
}
