// Figures as people read them.

const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });

/** The placeholder for a missing value. */
export const NOTHING = '–';

export function count(value) {
  return value < 100_000 ? WHOLE.format(value) : COMPACT.format(value);
}

export function rate(perSecond) {
  if (perSecond === null) return NOTHING;
  return perSecond > 0 && perSecond < 10 ? TENTHS.format(perSecond) : count(perSecond);
}

/** 99.97 % is not rounded up to 100. */
export function percent(share) {
  if (share === null) return NOTHING;
  const rounded = share >= 1 ? 100 : Math.min(share * 100, 99.9);
  return `${rounded === 0 || rounded === 100 ? rounded : rounded.toFixed(1)}\u00a0%`;
}

export function bytes(value) {
  const units = ['B', 'KB', 'MB', 'GB'];
  let scaled = value;
  while (scaled >= 1000 && units.length > 1) {
    scaled /= 1024;
    units.shift();
  }
  return `${scaled >= 100 || units[0] === 'B' ? WHOLE.format(scaled) : TENTHS.format(scaled)} ${units[0]}`;
}

/** A short duration, such as a response time. */
export function latency(seconds) {
  if (seconds === null) return NOTHING;
  if (seconds < 0.001) return `${WHOLE.format(seconds * 1e6)} µs`;
  if (seconds < 0.01) return `${TENTHS.format(seconds * 1000)} ms`;
  return seconds < 1 ? `${WHOLE.format(seconds * 1000)} ms` : `${TENTHS.format(seconds)} s`;
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** A span of time by its two largest units. */
export function span(ms) {
  if (ms < 1000) return `${WHOLE.format(Math.max(0, ms))} ms`;
  const at = UNITS.findIndex(([, size]) => ms >= size);
  const [unit, size] = UNITS[at];
  const [small, smallSize] = UNITS[at + 1] ?? [];
  const rest = smallSize ? Math.floor((ms % size) / smallSize) : 0;
  return `${Math.floor(ms / size)} ${unit}${rest > 0 ? ` ${rest} ${small}` : ''}`;
}

export function ago(ms) {
  return ms < 1000 ? 'just now' : `${span(ms)} ago`;
}

export function timeOfDay(at) {
  return CLOCK.format(at);
}

/** `1 tag`, `2 tags` */
export function some(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}
