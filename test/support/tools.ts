import { execFileSync } from 'node:child_process';

/** A program that some tests need and that npm cannot bring. */
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

/** The path of the first of the tool's programs that is on the PATH; undefined where there is none. */
export function findTool(tool: keyof typeof TOOLS): string | undefined {
  for (const name of TOOLS[tool].names) {
    try {
      return execFileSync('which', [name], { encoding: 'utf8' }).trim();
    } catch {
      // Not this one.
    }
  }
  return undefined;
}

/** Says once, before all tests, which of them cannot run and how to change that. In CI they have to run. */
export default function setup(): void {
  for (const [tool, { names, howToGet }] of Object.entries(TOOLS)) {
    if (findTool(tool as keyof typeof TOOLS)) continue;
    const message = `No ${names.join(' or ')} on the PATH: tests that need it are skipped. To get it: ${howToGet}.`;
    if (process.env.CI) throw new Error(message);
    process.stdout.write(`${message}\n`);
  }
}
