import { rounded } from './units.ts';

/** Horizontal bars from 0. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly name: string;
  readonly median: number;
  /** The ends of the whisker. */
  readonly low: number;
  readonly high: number;
  /** Whether the bar is highlighted. */
  readonly ours: boolean;
}

const WIDTH = 860;
const NAMES_WIDTH = 280;
const VALUES_WIDTH = 90;
const BAR = { height: 18, distance: 28 };
const TITLE_HEIGHT = 44;

// No background, so that it suits a light and a dark page.
const STYLE = `
  text { font: 14px system-ui, sans-serif; fill: #1f2328; }
  .title { font-weight: 600; }
  .name { text-anchor: end; }
  .bar { fill: #8c959f; }
  .ours { fill: #0969da; }
  .spread { stroke: #1f2328; stroke-width: 1.5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .bar { fill: #6e7681; }
    .ours { fill: #4493f8; }
    .spread { stroke: #e6edf3; }
  }`;

/** The charts below each other as an SVG document. */
export function drawCharts(charts: readonly Chart[]): string {
  let top = 0;
  const parts = charts.map((chart) => {
    const part = drawChart(chart, top);
    top += TITLE_HEIGHT + chart.bars.length * BAR.distance;
    return part;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img" aria-label="${escaped(charts.map(({ title }) => title).join('; '))}">
<style>${STYLE}
</style>
${parts.join('\n')}
</svg>
`;
}

function drawChart({ title, unit, bars }: Chart, top: number): string {
  const most = Math.max(...bars.map(({ high }) => high));
  const scale = (WIDTH - NAMES_WIDTH - VALUES_WIDTH) / most;
  const x = (value: number) => (NAMES_WIDTH + value * scale).toFixed(1);
  const drawn = bars.map(({ name, median, low, high, ours }, index) => {
    const y = top + TITLE_HEIGHT + index * BAR.distance;
    const middle = y + BAR.height / 2;
    return `<text class="name" x="${NAMES_WIDTH - 10}" y="${middle + 5}">${escaped(name)}</text>
<rect class="${ours ? 'ours' : 'bar'}" x="${NAMES_WIDTH}" y="${y}" width="${(median * scale).toFixed(1)}" height="${BAR.height}" rx="2"/>
<line class="spread" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/>
<text x="${Number(x(high)) + 8}" y="${middle + 5}">${rounded(median)}</text>`;
  });
  return [`<text class="title" x="0" y="${top + 28}">${escaped(`${title}, ${unit}`)}</text>`, ...drawn].join(
    '\n',
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
