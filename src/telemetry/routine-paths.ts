/** Paths that orchestrators, scrapers and the observatory request every few seconds: not traced, and logged at `debug`. */
export const ROUTINE_PATHS: ReadonlySet<string> = new Set([
  '/healthz',
  '/readyz',
  '/metrics',
  '/admin/stats',
]);
