import { ask } from './ask.js';
import { byId, element } from './element.js';
import { some, timeOfDay } from './words.js';

/** Invalidates tags after a confirmation. `say` shows the result; `onDone` runs after an acknowledgement. */
export function createInvalidate({ say, onDone }) {
  const box = byId('invalidate');

  return {
    /** Offers the tags of an entry; those that reach the least are chosen at first. */
    offer(tags) {
      if (tags.length === 0) box.replaceChildren();
      else offerTags(tags);
    },
  };

  function offerTags(tags) {
    const most = Math.max(...tags.map(depthOf));
    const choices = tags.map((value) =>
      element('input', { type: 'checkbox', value, checked: depthOf(value) === most }),
    );
    const start = element('button', { type: 'button', className: 'danger' }, 'Invalidate…');
    const slot = element('div', { className: 'row' }, start);
    const chosen = () => choices.filter(({ checked }) => checked).map(({ value }) => value);
    const reset = () => slot.replaceChildren(start);
    start.addEventListener('click', () => {
      if (chosen().length === 0) return say('Choose a tag first.', 'bad');
      return confirm(slot, chosen, reset);
    });
    // A change of the choice cancels a pending confirmation.
    for (const choice of choices) choice.addEventListener('change', reset);
    box.replaceChildren(
      element(
        'fieldset',
        {},
        element('legend', {}, 'Invalidate every entry and response with the tag'),
        ...choices.map((choice) =>
          element('label', {}, choice, ' ', element('code', { className: 'tag' }, choice.value)),
        ),
        slot,
      ),
    );
  }

  function confirm(slot, chosen, reset) {
    const yes = element(
      'button',
      { type: 'button', className: 'danger solid' },
      `Yes, invalidate ${some(chosen().length, 'tag')}`,
    );
    const no = element('button', { type: 'button' }, 'Keep');
    const back = () => {
      reset();
      slot.firstElementChild.focus();
    };
    no.addEventListener('click', back);
    slot.addEventListener('keydown', ({ key }) => key === 'Escape' && slot.contains(no) && back());
    yes.addEventListener('click', async () => {
      yes.disabled = true;
      await run(chosen());
      if (slot.isConnected) back();
    });
    slot.replaceChildren(yes, no);
    yes.focus();
  }

  async function run(tags) {
    say('Invalidating…');
    try {
      const { at, acknowledgedBy, tags: done } = await ask('invalidations', { tags });
      const known = done.filter((one) => one.known).length;
      const by = acknowledgedBy === 'redis' ? 'Redis' : 'this process (no Redis)';
      say(
        `Acknowledged by ${by} at ${timeOfDay(new Date(at))}: ${known} of ${some(done.length, 'tag')} had entries.`,
        'good',
      );
      await onDone();
      byId('inspector').focus();
    } catch (error) {
      say(error.message, 'bad');
    }
  }
}

function depthOf(tag) {
  return tag.split(':').length;
}
