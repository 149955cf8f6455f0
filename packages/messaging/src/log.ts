/** The part of a pino logger that this package uses. */
export type Log = {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** For tools and tests that tell their own story. */
export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };
