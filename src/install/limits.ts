/** Bounds of installing and taking away, each with its reason. */

/** What was just defined is served a moment later, ms. */
export const SERVED_AFTER_MS = 30_000;
/** Between two looks at what is waited for, ms. */
export const LOOK_MS = 500;
/** What is waited for is said again after, ms. */
export const TOLD_MS = 5000;
/** Deletes under way at once. */
export const DELETES_AT_ONCE = 16;
/** The controllers let go of a FederatedTypeConfig within this time, or they do not run, ms. */
export const LET_GO_MS = 20_000;
