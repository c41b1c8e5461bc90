import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Preloaded by the npm scripts.

// An older Node cannot run TypeScript, and would print a stack about a file extension.
const [major = 0] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `catalog-gateway needs Node 24 or newer, and this is ${process.version}. After "npm ci", "npm start" runs on the Node 24 that was installed with it; without devDependencies, install Node 24.\n`,
  );
  process.exit(1);
}

// Half of a start is compiling modules (docs/decisions/059-start.md). Node tells nobody if it cannot write them there.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/catalog-gateway', import.meta.url)));
