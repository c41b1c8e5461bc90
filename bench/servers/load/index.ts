import { execFileSync } from 'node:child_process';
import { autocannonGenerator } from './autocannon.ts';
import type { LoadGenerator } from './load.ts';
import { wrk } from './wrk.ts';

/** The best load generator on this machine. */
export function findLoadGenerator(): LoadGenerator {
  try {
    execFileSync('which', ['wrk'], { stdio: 'ignore' });
    return wrk;
  } catch {
    return autocannonGenerator;
  }
}
