import { element, write } from './element.js';
import { SCALES } from './scales.js';
import { stack } from './stack.js';
import uPlot from './uplot.js';
import { NOTHING } from './words.js';

const WINDOW_SECONDS = 600;
const HEIGHT = 184;
const FONT = '11px system-ui, sans-serif';

/**
 * A chart of the last ten minutes in a figure. Each of `series` has a name, the CSS variable of its colour, and `of`,
 * which takes its value from a point. `stacked`: they lie on each other. `scale`: `share`, `amount` or `time`.
 */
export function createChart(figure, { title, unit, series, stacked = false, scale, words }) {
  const values = series.map(() => element('b', {}, NOTHING));
  const legend = element(
    'ul',
    { className: 'legend' },
    ...series.map(({ name, colour }, at) => {
      const swatch = element('i', {});
      swatch.style.background = `var(${colour})`;
      return element('li', {}, swatch, `${name} `, values[at]);
    }),
  );
  const surface = element('div', {
    className: 'plot',
    role: 'img',
    'aria-label': `${title}: no figures yet`,
  });
  const empty = element('p', { className: 'empty over' }, 'No traffic yet. Send a query to see it here.');
  const caption = element(
    'figcaption',
    {},
    element('h2', {}, title, ' ', element('small', {}, unit)),
    legend,
  );
  figure.append(caption, element('div', { className: 'plot-box' }, surface, empty));

  let rows = [];
  let plot;
  const draw = () => {
    plot?.destroy();
    plot = new uPlot(optionsOf(), dataOf(), surface);
  };
  draw();
  new ResizeObserver(() => plot.setSize({ width: surface.clientWidth, height: HEIGHT })).observe(surface);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);

  return {
    update(points) {
      rows = points;
      plot.setData(dataOf());
      const latest = points.at(-1);
      empty.hidden = points.some((point) => series.some(({ of }) => (valueAt(of, point) ?? 0) > 0));
      show(latest);
      const told = series.map(({ name, of }) => `${name} ${words(latest ? valueAt(of, latest) : null)}`);
      surface.setAttribute('aria-label', `${title}: ${told.join(', ')}`);
    },
  };

  function show(point) {
    for (const [at, { of }] of series.entries()) write(values[at], words(point ? valueAt(of, point) : null));
  }

  function dataOf() {
    const columns = series.map(({ of }) => rows.map((point) => valueAt(of, point)));
    return [rows.map(({ at }) => at / 1000), ...(stacked ? stack(columns) : columns)];
  }

  function optionsOf() {
    const colour = (name) => getComputedStyle(figure).getPropertyValue(name).trim();
    const axis = {
      stroke: colour('--muted'),
      font: FONT,
      ticks: { show: false },
      grid: { stroke: colour('--line'), width: 1 },
    };
    const drawn = series.map((one) => ({
      label: one.name,
      stroke: colour(one.colour),
      width: stacked ? 1.5 : 2,
      points: { show: false },
      // A tint, and no part of it seen through: what lies behind is the sum with the next one.
      ...(stacked && { fill: `color-mix(in srgb, ${colour(one.colour)} 38%, ${colour('--surface')})` }),
    }));
    return {
      width: surface.clientWidth || 300,
      height: HEIGHT,
      padding: [10, 16, 0, 0],
      legend: { show: false },
      cursor: {
        y: false,
        points: { show: !stacked, size: 7 },
        drag: { setScale: false, x: false, y: false },
      },
      scales: { x: { time: false, range: windowRange }, y: SCALES[scale].of },
      axes: [
        {
          ...axis,
          size: 22,
          gap: 7,
          space: 60,
          splits: minutes,
          values: (_, at) => at.map(agoOf),
          grid: { show: false },
        },
        {
          ...axis,
          size: 52,
          space: 30,
          values: (_, at) => at.map(SCALES[scale].words),
          ...(SCALES[scale].splits && { splits: SCALES[scale].splits }),
        },
      ],
      series: [{}, ...drawn],
      hooks: { setCursor: [({ cursor }) => show(rows[cursor.idx] ?? rows.at(-1))] },
    };
  }

  function agoOf(at) {
    const minute = Math.round((latestSecond() - at) / 60);
    return minute === 0 ? 'now' : `−${minute} min`;
  }

  function latestSecond() {
    return (rows.at(-1)?.at ?? 0) / 1000;
  }

  function windowRange() {
    return [latestSecond() - WINDOW_SECONDS, latestSecond()];
  }

  function minutes() {
    return [10, 8, 6, 4, 2, 0].map((minute) => latestSecond() - minute * 60);
  }
}

function valueAt(of, point) {
  return of(point) ?? null;
}
