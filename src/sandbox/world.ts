import type { Clock } from '../domain/clock.ts';
import { createDataset, type Dataset } from './data/dataset.ts';
import { createJsonText, type JsonText } from './data/json-text.ts';
import { type Random, randomOf, TOPIC } from './data/random.ts';
import { changeSettings, changesData, type SandboxSettings } from './settings.ts';

/** What a setting decides, as it is now. */
export interface World {
  readonly settings: SandboxSettings;
  readonly data: Dataset;
  readonly json: JsonText;
  readonly latency: Random;
  readonly errors: Random;
}

export function createWorld(settings: SandboxSettings, clock: Pick<Clock, 'now'>): World {
  const data = createDataset(settings, clock);
  return {
    settings,
    data,
    json: createJsonText(data, settings),
    latency: randomOf(settings.seed, TOPIC.latency),
    errors: randomOf(settings.seed, TOPIC.errors),
  };
}

/** The world under changed settings. If they change the data, all data is created again. Throws InvalidInput. */
export function changeWorld(world: World, input: unknown, clock: Pick<Clock, 'now'>): World {
  const settings = changeSettings(world.settings, input);
  return changesData(world.settings, settings) ? createWorld(settings, clock) : { ...world, settings };
}
