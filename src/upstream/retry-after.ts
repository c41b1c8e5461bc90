const WEEKDAY = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)/;

/**
 * The wait from `now` that a Retry-After field (RFC 9110, section 10.2.3) asks for, in milliseconds, at least 0. Null
 * without the field, and for a value that is neither whole seconds nor an HTTP-date.
 */
export function retryAfterMs(value: string | null, now: number): number | null {
  // Whitespace around a field value is not part of it (RFC 9110, section 5.5).
  const field = value?.trim() ?? '';
  if (/^\d+$/.test(field)) return Number(field) * 1000;
  if (!WEEKDAY.test(field)) return null;
  // The asctime form of an HTTP-date carries no zone and still means GMT.
  const at = Date.parse(field.endsWith('GMT') ? field : `${field} GMT`);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
