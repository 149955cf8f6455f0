/** Nobody should sit before a silent screen: what takes long says so. */
const EVERY_MS = 5_000;

/** @param what it is that is waited for: `restart payment` */
export async function tellingOfTheWait<T>(
  what: string,
  say: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  const timer = setInterval(
    () => say(`${what}: not done yet, ${Math.round((performance.now() - began) / 1_000)} s`),
    EVERY_MS,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
