/**
 * What `work` comes to, if it does so within `ms`; else what `onTimeout` gives or throws, without it
 * undefined. Work that is late goes on, and nobody hears what comes of it. No timer is left behind, which
 * would hold a process that has nothing more to do.
 */
export async function withTimeout<T, Late = undefined>(
  work: Promise<T> | T,
  ms: number,
  onTimeout?: () => Late,
): Promise<T | Late> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late');
  });
  try {
    const first = await Promise.race([late, Promise.resolve(work).then((result) => ({ result }))]);
    return first === 'late' ? (onTimeout?.() as Late) : first.result;
  } finally {
    clearTimeout(timer);
  }
}
