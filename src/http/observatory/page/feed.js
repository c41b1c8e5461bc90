import { ask, Refused } from './ask.js';

const EVERY_MS = 1000;
// A token that is refused is not tried often: after ten wrong ones a minute the gateway slows down.
const REFUSED_MS = 30_000;
const MAX_PAUSE_MS = 10_000;

/**
 * Asks for the figures each second while the page is visible. `onHistory` gets the samples that the gateway has kept: at
 * first, and after each break. `onFigures` gets each observation, `onState` a change: `live`, `paused`, `unreachable` or
 * `refused`, and the message of the failure.
 */
export function startFeed({ onHistory, onFigures, onState }) {
  let failures = 0;
  let broken = true;
  let asking = false;
  let timer;

  async function look() {
    if (asking) return;
    clearTimeout(timer);
    if (document.hidden) {
      broken = true;
      onState('paused');
      return;
    }
    asking = true;
    const pause = await step();
    asking = false;
    timer = setTimeout(look, pause);
  }

  /** How long to wait after it. */
  async function step() {
    try {
      if (broken) onHistory((await ask('history')).samples);
      broken = false;
      onFigures(await ask('stats'));
      failures = 0;
      onState('live');
      return EVERY_MS;
    } catch (error) {
      failures += 1;
      broken = true;
      const refused = error instanceof Refused && (error.status === 401 || error.status === 429);
      onState(refused ? 'refused' : 'unreachable', error.message);
      return refused ? REFUSED_MS : Math.min(EVERY_MS * 2 ** (failures - 1), MAX_PAUSE_MS);
    }
  }

  document.addEventListener('visibilitychange', look);
  look();
}
