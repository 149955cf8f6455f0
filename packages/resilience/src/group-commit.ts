import { type BatchDelay, delayBatch } from './batch-delay.ts';

/** Too much is waiting already: the caller says so to its own caller (HTTP: 503 with Retry-After). */
export class OverloadError extends Error {
  override name = 'OverloadError';
}

/**
 * Gathers what comes while one run is under way and hands it to the next run: under load one commit serves
 * many callers, at rest nobody waits. `run` gives a result for each item, in order; an Error as a result
 * rejects that caller alone, and an error thrown rejects all of its run.
 *
 * @param maxItems   items in one run
 * @param maxWaiting items waiting before `submit` throws OverloadError
 * @param maxWaitMs  an item that has waited longer is not run any more, and told so by an OverloadError: its
 * caller is about to give up. Default: none is
 * @param batchDelay     how long more may come before a run. Default: nothing waits but for the run under way
 */
export function groupCommit<Item, Result>(options: {
  run: (items: Item[]) => Promise<(Result | Error)[]>;
  maxItems: number;
  maxWaiting: number;
  maxWaitMs?: number;
  batchDelay?: BatchDelay | undefined;
}): { submit(item: Item): Promise<Result>; idle(): Promise<void> } {
  const { maxWaitMs = Infinity } = options;
  type Waiting = {
    item: Item;
    since: number;
    resolve: (result: Result) => void;
    reject: (error: unknown) => void;
  };
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    // Requests that arrive in one tick of the event loop share the first commit.
    await new Promise((resolve) => setImmediate(resolve));
    await delayBatch(options.batchDelay?.(0) ?? 0);
    for (refuseTheLate(); waiting.length > 0; refuseTheLate()) {
      const taken = waiting.slice(0, options.maxItems);
      waiting = waiting.slice(taken.length);
      try {
        const results = await options.run(taken.map(({ item }) => item));
        taken.forEach(({ resolve, reject }, index) => {
          const result = results[index];
          if (result instanceof Error) reject(result);
          else resolve(result as Result);
        });
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
      await delayBatch(options.batchDelay?.(taken.length) ?? 0);
    }
    running = undefined;
  }

  /** They stand first. */
  function refuseTheLate(): void {
    const oldest = performance.now() - maxWaitMs;
    while (waiting[0] && waiting[0].since < oldest)
      waiting.shift()?.reject(new OverloadError(`waited for over ${maxWaitMs} ms`));
  }

  return {
    submit(item) {
      if (waiting.length >= options.maxWaiting) {
        return Promise.reject(new OverloadError(`${waiting.length} requests are waiting already`));
      }
      return new Promise((resolve, reject) => {
        waiting.push({ item, since: performance.now(), resolve, reject });
        running ??= drain();
      });
    },
    /** Resolves when nothing waits or runs. */
    async idle() {
      while (running) await running;
    },
  };
}
