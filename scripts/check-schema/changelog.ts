const HEADING = /^## \[(.+?)\]/gm;

/** The last released version: that of the first heading below "Unreleased". */
export function lastVersionOf(changelog: string): string | undefined {
  const versions = [...changelog.matchAll(HEADING)].map(([, version]) => version);
  return versions.find((version) => version !== 'Unreleased');
}

/** The text of the section "Unreleased"; empty if there is none. */
export function unreleasedOf(changelog: string): string {
  const [, section = ''] = changelog.split(/^## \[Unreleased\].*$/m);
  return section.split(/^## /m)[0] ?? '';
}
