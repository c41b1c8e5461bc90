import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

// Preloaded into a process by `recordModules`.

registerHooks({
  load(url, context, nextLoad) {
    appendFileSync(process.env.RECORDED_MODULES as string, `${url}\n`);
    return nextLoad(url, context);
  },
});
