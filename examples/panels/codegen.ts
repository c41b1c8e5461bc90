import type { CodegenConfig } from '@graphql-codegen/cli';

// With `strictScalars`, a scalar without a type is an error and not `any`.
const scalars = { DateTime: 'string' };

export default {
  schema: '../../schema.graphql',
  documents: 'src/**/*.tsx',
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: { useTypeImports: true, enumsAsTypes: true, strictScalars: true, scalars },
    },
  },
} satisfies CodegenConfig;
