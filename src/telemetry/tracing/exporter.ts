import { AsyncLocalStorage } from 'node:async_hooks';
import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { TracingEvent } from './events.ts';

// A batch that is not accepted within this time, retries included, is dropped.
const BATCH_TIMEOUT_MS = 5000;
// Concurrent batches: bounds the memory that a hanging collector can hold.
const MAX_BATCHES = 8;

// Messages of the exporter itself, which has no codes for these failures.
const OWN_WORDS: ReadonlySet<string> = new Set(['Request timed out', 'Export failed with retryable status']);

/** Sends spans to a collector as OTLP over HTTP in JSON. Reports when the collector begins to fail and when it recovers. */
export function createExporter(endpoint: string, report: (event: TracingEvent) => void): SpanExporter {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint}/v1/traces`,
    timeoutMillis: BATCH_TIMEOUT_MS,
    concurrencyLimit: MAX_BATCHES,
  });
  // A timer that some request started sends a batch: its result must not be logged in the context of that request.
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

/** Connection errors quote the address and refusals quote the collector, so only known messages are reported. */
function reasonOf(error: (Error & { readonly code?: unknown }) | undefined): string {
  if (typeof error?.code === 'string') return error.code;
  if (typeof error?.code === 'number') return `status ${error.code}`;
  if (error === undefined) return 'unknown';
  return OWN_WORDS.has(error.message) ? error.message : error.name;
}
