/** Bounds of the admission webhook, each with its reason. */

/**
 * One review, octets: the API server takes objects of 3 MB, and of an update both states are in it,
 * with what JSON adds.
 */
export const REVIEW_OCTETS_MAX = 8 * 1024 * 1024;
/** Head and body of a request, ms: the API server itself waits no longer than 30 s for an answer. */
export const REQUEST_MS = 10_000;
/** Connections at once: some API servers with a pool each, and probes; strangers get no more. */
export const CONNECTIONS_MAX = 256;
/** Idle connections are kept longer than the API server keeps them (90 s): it is who lets go. */
export const KEEP_ALIVE_MS = 120_000;
/** After the signal to stop it goes on answering, ms: who still finds us is not turned away... */
export const DRAIN_MS = 3000;
/** ...and what is under way then may take so long, ms; kubelet kills after 30 s. */
export const STOP_MS = 5000;
/** Problems told of one object; a list of thousands that are all wrong is told in part. */
export const CAUSES_MAX = 100;
/** The same trouble is told this often, ms. */
export const TROUBLE_LOG_MS = 60_000;

/** Lives of certificates, and the times of their renewal, ms; tests shorten them. */
export interface CertificateTimes {
  readonly authorityLifeMs: number;
  readonly servingLifeMs: number;
  /** A new authority is in the bundles for so long before it signs: API servers see it by a watch. */
  readonly announcedMs: number;
  /**
   * The authority before stays in the bundles for so long after the new one has signed: every
   * replica has reread the Secret by then.
   */
  readonly overlapMs: number;
  /** Between two looks at the Secret and the webhook configurations. */
  readonly roundMs: number;
}

const DAY_MS = 86_400_000;

/** A serving certificate renewed at two thirds, and one made just before, both end before their authority. */
export const CERTIFICATE_TIMES: CertificateTimes = {
  authorityLifeMs: 3 * 365 * DAY_MS,
  servingLifeMs: 90 * DAY_MS,
  announcedMs: 5 * 60_000,
  overlapMs: DAY_MS,
  roundMs: 30_000,
};

/** Of its life, when a certificate is made anew. */
export const RENEW_AT = 2 / 3;
/** Of its life, when one that was not is an alarm: half of what is left has gone by. */
export const ALARM_AT = 5 / 6;
/** The certificate's end is looked at this often, ms. */
export const ALARM_PERIOD_MS = 60_000;
/** Clocks that are behind ours by less than this, ms, find no certificate that is yet to come. */
export const BACKDATED_MS = 3_600_000;
/** A write of the Secret that another replica was faster with is planned anew; then the next round. */
export const CONFLICTS_MAX = 5;
/** One request to the host, ms. */
export const HOST_REQUEST_MS = 10_000;
/** Files of certificates are looked at this often, ms: kubelet swaps them without a word. */
export const FILES_PERIOD_MS = 10_000;
