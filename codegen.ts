import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  // Front ends take schema.graphql. The tests have operators' operations as well.
  schema: 'schema.operators.graphql',
  documents: 'test/operations/*.graphql',
  generates: {
    'test/operations/generated.ts': {
      plugins: ['typescript-operations', 'typed-document-node'],
      config: {
        useTypeImports: true,
        enumsAsTypes: true,
        scalars: { DateTime: 'string', ID: 'string' },
      },
    },
    // What `PERSISTED_DOCUMENTS` takes.
    'test/operations/persisted-documents.json': {
      plugins: ['./scripts/generate/persisted-documents.ts'],
    },
  },
};

export default config;
