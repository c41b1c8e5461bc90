import { writeFileSync } from 'node:fs';
import { printSchema } from 'graphql';
import { schema } from '../src/schema/index.ts';

/** Prints the schema as it is built into `schema.graphql`, which is committed for front ends to read. */
writeFileSync('schema.graphql', `${printSchema(schema)}\n`);
