import type { CallRecord, History, LoadRecord } from './history.ts';

/**
 * The maximum lead of the loading process's clock over the answering process's clock, from the begin of the load until
 * now, in milliseconds. A value of another life may look younger by that time. A life knows the age of its own loads,
 * even if its clock is set.
 */
export function aheadMs(history: History, call: CallRecord, load: LoadRecord, now: number): number {
  if (call.life === load.life) return 0;
  const loader = offsets(history, load.process, load.beganAt, load.endedAt ?? now, now);
  const reader = offsets(history, call.process, load.beganAt, now, now);
  return Math.max(0, Math.max(...loader) - Math.min(...reader));
}

/** The leads of a process's clock over the world's clock between `from` and `to`. */
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
