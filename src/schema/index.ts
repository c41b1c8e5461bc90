import { builder } from './builder.ts';
import './query.ts';

export type { Context } from './builder.ts';
export { createLoaders } from './loaders.ts';

export const schema = builder.toSchema({ sortSchema: false });
