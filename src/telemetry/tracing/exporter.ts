import { AsyncLocalStorage } from 'node:async_hooks';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TracingEvent } from './events.ts';

// A batch that the collector has not taken by then, with all attempts, is dropped.
const BATCH_TIMEOUT_MS = 5000;
// How many batches may be on their way at once: what a collector that hangs can hold of memory.
const MOST_BATCHES = 8;

// What the exporter says in words of its own where there is no code.
const OWN_WORDS: ReadonlySet<string> = new Set(['Request timed out', 'Export failed with retryable status']);

/** Sends spans to a collector as OTLP over HTTP, in JSON; tells when it stops taking them, and when it does again. */
export function createExporter(endpoint: string, report: (event: TracingEvent) => void): SpanExporter {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    timeoutMillis: BATCH_TIMEOUT_MS,
    concurrencyLimit: MOST_BATCHES,
  });
  // Batches leave whenever a timer that some request started says so: what is told of them is not about that request.
  const outside = AsyncLocalStorage.snapshot();
  let lost = false;

  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        outside(note, result);
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };

  function note({ code, error }: ExportResult): void {
    const failed = code !== ExportResultCode.SUCCESS;
    if (failed === lost) return;
    lost = failed;
    report(failed ? { type: 'traces-lost', reason: reasonOf(error) } : { type: 'traces-taken' });
  }
}

/** A failed connection's message has the address in it, and a refusal's is the collector's: none but known ones are told. */
function reasonOf(error: (Error & { readonly code?: unknown }) | undefined): string {
  if (typeof error?.code === 'string') return error.code;
  if (typeof error?.code === 'number') return `status ${error.code}`;
  if (error === undefined) return 'unknown';
  return OWN_WORDS.has(error.message) ? error.message : error.name;
}
