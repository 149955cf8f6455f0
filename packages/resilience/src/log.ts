/** The part of a pino logger that this package uses. */
export type Log = {
  debug(fields: object, message: string): void;
  /** False: what `debug` is given is thrown away, so it need not be made. */
  isLevelEnabled(level: 'debug'): boolean;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** For tools and tests that tell their own story. */
export const quiet: Log = { debug() {}, isLevelEnabled: () => false, info() {}, warn() {}, error() {} };
