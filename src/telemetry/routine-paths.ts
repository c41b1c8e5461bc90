/** What orchestrators, scrapers and the observatory ask every few seconds: no trace of it, and no line of the log. */
export const ROUTINE_PATHS: ReadonlySet<string> = new Set([
  '/healthz',
  '/readyz',
  '/metrics',
  '/admin/stats',
]);
