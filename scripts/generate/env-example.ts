import type { Setting } from './settings.ts';

/** The text of `.env.example`: every setting commented out, so that a copy changes nothing. */
export function printEnvExample(groups: readonly (readonly Setting[])[]): string {
  const head = '# Copy to .env and uncomment what you change. The environment wins over the file.';
  const body = groups.map((group) => group.map(printSetting).join('\n')).join('\n\n');
  return `${head}\n\n${body}\n`;
}

function printSetting({ name, description, fallback }: Setting): string {
  return `# ${description}\n#${name}=${fallback}`;
}
