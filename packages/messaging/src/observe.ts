/**
 * What the runtime tells whoever counts (service-kit makes Prometheus metrics of it). Labels are bounded
 * sets.
 */
export type Observe = {
  /** One committed batch; `seconds` from the first statement to COMMIT. */
  batch(messages: number, seconds: number): void;
  handled(type: string): void;
  ignored(type: string, reason: string): void;
  duplicate(count: number): void;
  parked(reason: string): void;
  sent(messages: number): void;
  effect(kind: string, outcome: 'answered' | 'failed' | 'parked' | 'dropped'): void;
};

/** For tools and tests that count nothing. */
export const unobserved: Observe = {
  batch() {},
  handled() {},
  ignored() {},
  duplicate() {},
  parked() {},
  sent() {},
  effect() {},
};
