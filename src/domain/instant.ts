/** The first and the last instant that RFC 3339 can write in UTC, since its years have four digits: ms since the epoch. */
export const MIN_INSTANT_MS = Date.parse('0001-01-01T00:00:00.000Z');
export const MAX_INSTANT_MS = Date.parse('9999-12-31T23:59:59.999Z');
