import { SECRET_VARIABLES } from '../config/faults.ts';
import { variables } from '../config/variables.ts';

/** One variable as it takes effect. */
export interface EffectiveSetting {
  readonly variable: string;
  readonly value: string;
  readonly from: 'environment' | 'default';
}

/** Every variable with what it is set to; of what may hold a password no more than that it is set. */
export function effectiveSettings(
  environment: Readonly<Record<string, string | undefined>>,
): readonly EffectiveSetting[] {
  return Object.entries(variables).map(([variable, schema]) => {
    const given = environment[variable] || undefined;
    if (given === undefined) return { variable, value: textOf(schema.parse(undefined)), from: 'default' };
    return {
      variable,
      value: SECRET_VARIABLES.has(variable) ? '(set)' : given,
      from: 'environment',
    };
  });
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? Object.values(value as object).join(', ') : String(value);
}
