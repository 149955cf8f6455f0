/** A part of pg that its custom queries use (pg-cursor does), which @types/pg leaves out. */
declare module 'pg/lib/utils.js' {
  /**
   * A value as the protocol wants it; null stays null. Throws for what cannot be sent (a circular object).
   */
  export function prepareValue(value: unknown): string | Buffer | null;
}
