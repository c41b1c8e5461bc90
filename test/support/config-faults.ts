import { InvalidConfig, loadConfig } from '../../src/config/config.ts';

/** The faults of a configuration that must not be accepted. */
export function faultsOf(environment: Readonly<Record<string, string>>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof InvalidConfig) return error.message;
    throw error;
  }
  throw new Error('the configuration was accepted');
}
