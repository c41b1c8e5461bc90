import { Session } from 'node:inspector/promises';

// Preloaded into a server: samples what its JavaScript thread does, between two messages.

const SAMPLING_MICROSECONDS = 200;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_MICROSECONDS });

process.on('message', async (message) => {
  if (message === 'start') {
    await session.post('Profiler.start');
    process.send?.({});
  } else {
    process.send?.((await session.post('Profiler.stop')).profile);
  }
});
// The server decides when it ends.
process.channel?.unref();
