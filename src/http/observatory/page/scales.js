// The scales that charts have beside them: how they run, and what stands at their lines.

const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 2 });

// Times have a line at powers of ten only: a hit takes microseconds, a load up to a second.
const TIMES = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10, 100];

export const SCALES = {
  share: {
    of: { range: () => [0, 1] },
    words: (value) => `${Math.round(value * 100)} %`,
  },
  amount: {
    of: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.15)] },
    words: (value) => SHORT.format(value),
  },
  time: {
    of: { distr: 3, log: 10, range: (_, least, most) => [lineBelow(least ?? 1e-4), lineAbove(most ?? 0.1)] },
    splits: (_, __, least, most) => TIMES.filter((time) => time >= least * 0.99 && time <= most * 1.01),
    words: powerInWords,
  },
};

function lineBelow(seconds) {
  return TIMES.findLast((time) => time < seconds) ?? TIMES[0];
}

function lineAbove(seconds) {
  return TIMES.find((time) => time > seconds) ?? TIMES.at(-1);
}

function powerInWords(seconds) {
  if (seconds >= 1) return `${Math.round(seconds)} s`;
  return seconds >= 1e-3 ? `${Math.round(seconds * 1e3)} ms` : `${Math.round(seconds * 1e6)} µs`;
}
