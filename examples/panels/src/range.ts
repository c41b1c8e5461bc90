/** Days from today on: the rest of a calendar week would be short on its last days. */
export const RANGES = { week: 'Next 7 days', month: 'Next 30 days', custom: 'Dates' };

/** Midnights of the browser's time zone: the variables stay the same all day, so the gateway has the response stored. */
export function instantsOf(address: URLSearchParams) {
  const range = address.get('range') ?? 'week';
  if (range !== 'custom') return { to: midnight(new Date(), range === 'week' ? 7 : 30) };
  const [from, to] = ['from', 'to'].map((end) => new Date(`${address.get(end)}T00:00`)) as [Date, Date];
  // The page includes the last day, and the gateway excludes the instant `to`.
  return { from: midnight(from, 0), to: midnight(to, 1) };
}

function midnight(day: Date, daysLater: number): string | null {
  const at = new Date(day.getFullYear(), day.getMonth(), day.getDate() + daysLater);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
