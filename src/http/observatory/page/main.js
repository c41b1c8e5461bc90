import { createCharts } from './charts.js';
import { byId, element, write } from './element.js';
import { createFailures } from './failures.js';
import { startFeed } from './feed.js';
import { createHistory } from './history.js';
import { createHottest } from './hottest.js';
import { createInspector } from './inspector.js';
import { createInvalidations } from './invalidations.js';
import { createLive } from './live.js';
import { createLookups } from './lookups.js';
import { createSignIn } from './sign-in.js';
import { createState } from './state.js';
import { createTiles } from './tiles.js';
import { createWarm } from './warm.js';
import { timeOfDay } from './words.js';

const STATES = {
  live: ['good', 'Live'],
  paused: ['idle', 'Paused'],
  unreachable: ['bad', 'No response'],
  refused: ['bad', 'Refused'],
};

// One restart is a restart. This many within the window mean that several processes respond at this address.
const RESTARTS_OF_MANY = 3;

const history = createHistory();
const charts = createCharts();
const tiles = createTiles();
const signIn = createSignIn();
const live = createLive();
const state = createState();
const lookups = createLookups();
const failures = createFailures();
const invalidations = createInvalidations();
const inspector = createInspector(() => history.ends[1]?.redis !== 'off');
const hottest = createHottest((key) => inspector.choose(key));

let restarts = [];
let lastAt = null;
let feedState = '';

createWarm();
startFeed({
  onHistory: (samples) => history.begin(samples),
  onFigures(observation) {
    lastAt = observation.at;
    if (history.add(observation)) restarts = [...restarts, lastAt].slice(-RESTARTS_OF_MANY);
    const [first, last] = history.ends;
    charts.update(history.points);
    tiles.update(first, last, history.points.at(-1));
    signIn.update(first, last);
    live.update(first, last, history.points.at(-1));
    state.update(last);
    lookups.update(first, last);
    hottest.update(last.hottest);
    failures.update(last.failures.latest, last.at);
    invalidations.update(last.invalidations, last.at);
  },
  onState(name, said) {
    if (name === 'live') tellOfMany();
    if (name === feedState) return;
    feedState = name;
    document.body.dataset.feed = name;
    const [level, text] = STATES[name];
    byId('feed').dataset.level = level;
    write(byId('feed'), text);
    if (name === 'refused') notice(said, signInAgain());
    else if (name === 'unreachable') notice(`${said} ${lastFigures()} Retrying.`);
    else if (name === 'live') notice('');
  },
});

function tellOfMany() {
  const many = restarts.length === RESTARTS_OF_MANY && lastAt - restarts[0] < 60_000;
  if (many)
    notice(
      'Several processes respond at this address, each with its own figures. Open the address of one process.',
    );
}

function notice(text, ...more) {
  const box = byId('notice');
  box.hidden = text === '';
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  box.replaceChildren(text, ' ', ...more);
}

function lastFigures() {
  return lastAt === null ? '' : `The last figures are from ${timeOfDay(lastAt)}.`;
}

// The browser asks for the token when the page is opened, and not when a script asks for figures.
function signInAgain() {
  const button = element('button', { type: 'button' }, 'Sign in again');
  button.addEventListener('click', () => location.reload());
  return button;
}
