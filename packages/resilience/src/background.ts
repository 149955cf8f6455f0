/** What goes on beside everything else, until it is stopped. */
export type Background = {
  start(): void;
  /** Resolves once it has ended. */
  stop(): Promise<void>;
};

/** @param run goes on until `signal` aborts, and must not throw */
export function inBackground(run: (signal: AbortSignal) => Promise<void>): Background {
  let stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    start() {
      stopping = new AbortController();
      running = run(stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
