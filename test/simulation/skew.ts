import type { CallRecord, History, LoadRecord } from './history.ts';

/**
 * The most by which the clock of the process that loaded was ahead of that of the process that answers, from when the
 * load began until now, in milliseconds: by as much a value of another life may look younger than it is. What a
 * life has loaded itself it knows the age of, whatever becomes of its clock.
 */
export function aheadMs(history: History, call: CallRecord, load: LoadRecord, now: number): number {
  if (call.life === load.life) return 0;
  const loader = offsets(history, load.process, load.beganAt, load.endedAt ?? now, now);
  const reader = offsets(history, call.process, load.beganAt, now, now);
  return Math.max(0, Math.max(...loader) - Math.min(...reader));
}

/** What the clock of a process was ahead of the world's by, at some time from `from` to `to`. */
function offsets(history: History, process: number, from: number, to: number, now: number): number[] {
  const steps = history.clockSteps.filter((step) => step.process === process);
  const wall = history.wallClocks.get(process) as () => number;
  const current = wall() - now;
  const at = (time: number, isBefore: (at: number) => boolean) =>
    current -
    steps.filter((step) => step.at > time || isBefore(step.at)).reduce((sum, { byMs }) => sum + byMs, 0);
  return [
    at(to, () => false),
    ...steps
      .filter((step) => step.at >= from && step.at <= to)
      .map((step) => at(step.at, (other) => other === step.at)),
  ];
}
