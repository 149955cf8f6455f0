/** Something that the person at the keyboard must know: which component, why, and what to do, in one line. */
export class StackError extends Error {
  override name = 'StackError';
  constructor(component: string, why: string) {
    super(`${component}: ${why}`);
  }
}
