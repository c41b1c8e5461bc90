import type { Setting } from './settings.ts';

const BEGIN = '<!-- The table is written by `npm run generate`. -->';
const END = '<!-- End of the table. -->';

/**
 * Replaces the table of all settings between the two markers of a document.
 * @throws Error if the document lacks the markers.
 */
export function insertSettingsTable(document: string, groups: readonly (readonly Setting[])[]): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the document needs ${BEGIN} and then ${END}`);
  return `${document.slice(0, begin)}${BEGIN}\n\n${printTable(groups.flat())}\n\n${document.slice(end)}`;
}

function printTable(settings: readonly Setting[]): string {
  const rows = settings.map(({ name, description, fallback }) => [
    `\`${name}\``,
    fallback && `\`${fallback}\``,
    description.replaceAll('|', '\\|'),
  ]);
  const head = ['variable', 'default', 'meaning'];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  const printRow = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [head, rule, ...rows].map(printRow).join('\n');
}
