import { execFileSync } from 'node:child_process';

/** A program that some tests need and that npm cannot install. */
interface Tool {
  readonly names: readonly string[];
  readonly howToGet: string;
}

const TOOLS = {
  redis: {
    names: ['redis-server', 'valkey-server'],
    howToGet: 'apt-get install redis-server, or brew install redis',
  },
  varnish: { names: ['varnishd', '/usr/sbin/varnishd'], howToGet: 'apt-get install varnish' },
  nginx: { names: ['nginx', '/usr/sbin/nginx'], howToGet: 'apt-get install nginx' },
  promtool: { names: ['promtool'], howToGet: 'apt-get install prometheus' },
  openssl: { names: ['openssl'], howToGet: 'apt-get install openssl' },
  chromium: {
    names: ['chromium', 'chromium-browser', 'google-chrome'],
    howToGet: 'apt-get install chromium, or install Google Chrome',
  },
} satisfies Record<string, Tool>;

/** The path of the first of the tool's programs on the PATH; undefined if there is none. */
export function findTool(tool: keyof typeof TOOLS): string | undefined {
  for (const name of TOOLS[tool].names) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // Try the next name.
    }
  }
  return undefined;
}

/** Prints once, before all tests, which tests cannot run and how to enable them. CI must run them all. */
export default function setup(): void {
  for (const [tool, { names, howToGet }] of Object.entries(TOOLS)) {
    if (findTool(tool as keyof typeof TOOLS)) continue;
    const message = `No ${names.join(' or ')} on the PATH: tests that need it are skipped. To get it: ${howToGet}.`;
    if (process.env.CI) throw new Error(message);
    process.stdout.write(`${message}\n`);
  }
}
