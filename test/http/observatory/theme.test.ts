import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (name: string) =>
  readFileSync(new URL(`../../../src/http/observatory/page/${name}`, import.meta.url), 'utf8');

const [light = '', dark = ''] = read('theme.css').split('@media (prefers-color-scheme: dark)');

const OF_DATA = ['blue', 'aqua', 'amber', 'violet', 'orange', 'red', 'low', 'middle', 'high'];
const OF_STATE = ['good-dot', 'bad-dot', 'muted', 'focus'];

function channelsOf(theme: string, name: string): readonly number[] {
  const [, hex] = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(theme) ?? [];
  if (hex === undefined) throw new Error(`no colour --${name}`);
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
}

/** Relative luminance (WCAG 2.2). */
function luminanceOf(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(theme: string, one: string, other: string): number {
  const [darker = 0, lighter = 0] = [one, other]
    .map((name) => luminanceOf(channelsOf(theme, name)))
    .toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

describe.each([
  ['light', light],
  ['dark', dark],
])('the colours of the observatory, %s', (_, theme) => {
  it.each([...OF_DATA, ...OF_STATE])('give %s enough contrast on a card (WCAG 1.4.11)', (name) => {
    expect(contrast(theme, name, 'surface')).toBeGreaterThanOrEqual(3);
  });

  it.each(['aqua', 'amber'])('give %s enough contrast in a badge', (name) => {
    expect(contrast(theme, name, 'sunken')).toBeGreaterThanOrEqual(3);
  });

  it('distinguish percentiles by lightness', () => {
    expect(contrast(theme, 'low', 'middle')).toBeGreaterThan(1.5);
    expect(contrast(theme, 'middle', 'high')).toBeGreaterThan(1.5);
  });

  it.each(['ink', 'ink-2', 'muted', 'accent', 'good', 'bad'])('give text in %s enough contrast', (name) => {
    expect(contrast(theme, name, 'surface')).toBeGreaterThanOrEqual(4.5);
  });
});

it('a fresh entry shows no amber, and the parts of each bar have an edge between them', () => {
  const css = read('freshness.css');
  const [, fresh = ''] = /\.freshness \{([^}]*)\}/.exec(css) ?? [];
  const [, stale = ''] = /\.freshness\[data-state="stale"\] \{([^}]*)\}/.exec(css) ?? [];
  expect(fresh).toMatch(/--surface\).*--aqua\).*--track\)/s);
  expect(fresh).not.toContain('--amber');
  expect(stale).toMatch(/--aqua\).*--surface\).*--amber\).*--track\)/s);
});
