/** A wait that others can end. A wake-up that comes before the wait ends it too, unless it was forgotten. */
export type WakeUp = {
  wake(): void;
  /** What woke before now is being looked at. */
  forget(): void;
  /** Until woken, `ms` at most. */
  wait(ms: number): Promise<void>;
};

export function createWakeUp(): WakeUp {
  let woken = false;
  let end: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      end?.();
    },
    forget() {
      woken = false;
    },
    async wait(ms) {
      if (woken) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        end = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      end = undefined;
    },
  };
}
