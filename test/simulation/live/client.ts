import type { Outlet } from '../../../src/http/live/subscriber.ts';
import type { History } from '../history.ts';
import type { Random } from '../random.ts';
import type { Scheduler } from '../scheduler.ts';
import type { Life } from '../upstream.ts';
import type { Pace } from './plan.ts';
import type { Shown, SimulatedQuestion } from './questions.ts';

/** A stream of one client, as its connection sees it. */
export interface Connection {
  readonly gateway: Life;
  readonly question: SimulatedQuestion;
  readonly viewer: string | null;
  /** What the newest frame shows. */
  shown: Shown | null;
  /** Whether the connection has taken every frame that was written. */
  readonly isIdle: boolean;
  readonly isEnded: boolean;
  readonly outlet: Outlet;
  /** Whether it was shown a response in which nothing failed. */
  hadWhole: boolean;
  /** When its first frame was written. */
  readonly openedAt: number;
  /** Takes all frames from now on, at once. */
  drain(): void;
}

export interface ConnectionOptions {
  readonly gateway: Life;
  readonly question: SimulatedQuestion;
  readonly viewer: string | null;
  readonly pace: Pace;
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly history: History;
  readonly name: string;
  /** The process has ended or cut the stream. */
  readonly onEnd: () => void;
}

/** The connection of a client that takes frames at its pace. It checks the promises about frames as they are written. */
export function createConnection(options: ConnectionOptions): Connection {
  const { gateway, question, viewer, scheduler, random, history, name, onEnd } = options;
  let pace = options.pace;
  let last: Buffer | null = null;
  let untaken: (() => void) | null = null;
  let isTaking = false;
  let writtenMeanwhile = 0;
  let isEnded = false;
  let openedAt = Number.POSITIVE_INFINITY;
  const connection: Connection = {
    ...{ gateway, question, viewer, shown: null, hadWhole: false },
    get openedAt() {
      return openedAt;
    },
    get isIdle() {
      return untaken === null;
    },
    get isEnded() {
      return isEnded;
    },
    outlet: {
      transport: 'sse',
      write,
      heartbeat() {},
      end,
      cut: () => end(),
    },
    drain() {
      pace = 'prompt';
      if (untaken) scheduler.after(0, gateway.life, take);
    },
  };
  return connection;

  function write(bytes: Buffer, sent: () => void): void {
    const shown: Shown = JSON.parse(bytes.toString());
    history.tell(() => `  ${name} gets ${bytes}`);
    if (isEnded) history.broken.push(`${name} got a frame after its end`);
    if (untaken) history.broken.push(`${name} got a frame while another is being sent`);
    if (last?.equals(bytes)) history.broken.push(`${name} got the same frame twice: ${bytes}`);
    if (question.isPersonal && shown.viewer !== viewer)
      history.broken.push(`${name} got a frame of ${shown.viewer}`);
    last = bytes;
    openedAt = Math.min(openedAt, scheduler.now());
    connection.shown = shown;
    connection.hadWhole ||= shown.items.every(([, version]) => version !== null);
    untaken = sent;
    writtenMeanwhile += 1;
    if (isTaking) take();
    else if (pace !== 'stuck')
      scheduler.after(pace === 'slow' ? random.whole(50, 1200) : random.whole(0, 5), gateway.life, take);
  }

  /** Takes the frame, and at once the one that was held beside it. */
  function take(): void {
    const sent = untaken;
    untaken = null;
    if (isTaking) {
      sent?.();
      return;
    }
    isTaking = true;
    writtenMeanwhile = 0;
    sent?.();
    isTaking = false;
    if (writtenMeanwhile > 1) history.broken.push(`${name} was held ${writtenMeanwhile} frames`);
  }

  function end(): void {
    if (isEnded) history.broken.push(`${name} was ended twice`);
    isEnded = true;
    onEnd();
  }
}
