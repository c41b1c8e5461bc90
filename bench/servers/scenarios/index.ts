import type { Scenario } from '../scenario.ts';
import { cold } from './cold.ts';
import { compressed } from './compressed.ts';
import { connections } from './connections.ts';
import { hot } from './hot.ts';
import { live } from './live.ts';
import { memory } from './memory.ts';
import { miss } from './miss.ts';
import { profile } from './profile.ts';
import { redisWarm } from './redis-warm.ts';
import { search } from './search.ts';
import { sellers } from './sellers.ts';
import { signedIn } from './signed-in.ts';
import { start } from './start.ts';
import { twoProcesses } from './two-processes.ts';
import { upcoming } from './upcoming.ts';
import { zipf } from './zipf.ts';

/** By the names that the command line takes, in the order in which they run. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  hot,
  zipf,
  miss,
  'redis-warm': redisWarm,
  cold,
  compressed,
  connections,
  sellers,
  search,
  upcoming,
  'signed-in': signedIn,
  'two-processes': twoProcesses,
  memory,
  start,
  live,
  profile,
};
