import type { CodegenConfig } from '@graphql-codegen/cli';

// #region config
export const config: CodegenConfig = {
  schema: 'schema.graphql',
  documents: 'src/**/*.{ts,tsx}',
  generates: {
    './src/gql/': {
      preset: 'client',
      config: {
        // Every scalar needs a type here: without strictScalars, a DateTime is `any`.
        strictScalars: true,
        scalars: { DateTime: 'string' },
        useTypeImports: true,
      },
    },
  },
};
// #endregion
