import { flushCompileCache } from 'node:module';

// Preloaded into a server that is killed: writes the compile cache before that.

process.on('message', () => {
  flushCompileCache();
  process.send?.({});
});
// The server decides when it ends.
process.channel?.unref();
