/** What `fedns webhook` counts, for its reading window. */

import { Counter, Gauge, type Registry } from 'prom-client';
import { REVIEW_OUTCOMES, type ReviewOutcome } from '../../admission/webhook-server.ts';

export interface WebhookFacts {
  readonly counts: () => Readonly<Record<ReviewOutcome, number>> | undefined;
  /** Unix time, ms. */
  readonly certificateEndMs: () => number | undefined;
}

export function registerWebhookMetrics(
  registry: Registry,
  { counts, certificateEndMs }: WebhookFacts,
): void {
  new Counter({
    name: 'fedns_admission_reviews_total',
    help: 'Reviews by what came of them.',
    labelNames: ['outcome'],
    registers: [registry],
    collect() {
      this.reset();
      for (const outcome of REVIEW_OUTCOMES) this.inc({ outcome }, counts()?.[outcome] ?? 0);
    },
  });
  new Gauge({
    name: 'fedns_webhook_certificate_end_seconds',
    help: 'When the certificate that is shown ends, Unix time.',
    registers: [registry],
    collect() {
      this.set((certificateEndMs() ?? 0) / 1000);
    },
  });
}
