/** Who may make which call. What the scopes are called is the system's to say; here are only the rules. */

/** What an endpoint asks of whoever calls it. Each endpoint says it; `open`: nothing. */
export type Access = 'open' | Granted;

export type Granted = {
  /** A token with one of these scopes may do it, whosever the thing is. */
  any: readonly [string, ...string[]];
  /** With this one it may be done to what is the token's subject's own; the handler looks whose it is. */
  own?: string;
};

/**
 * What the calls ask for that every service has, and those about sagas: to look, and to act. `unmasked`: the
 * scope that shows personal data and secrets as they are.
 */
export type OperatorAccess = { look: Granted; act: Granted; unmasked: string };

/** Who calls, and how far they may go. */
export type Caller = {
  /** The token's subject; undefined: nobody was asked for a token. */
  subject: string | undefined;
  /** Whose things alone they may see and change; undefined: everybody's. */
  onlyOf: string | undefined;
  /** Whether the token has the scope, beside the one that let it in. Without tokens everybody has each. */
  may(scope: string): boolean;
};

/** What a good token says. */
export type Claims = { subject: string; scopes: ReadonlySet<string> };

/** The caller; undefined: the token is good, and not for this. */
export function decideAccess({ any, own }: Granted, { subject, scopes }: Claims): Caller | undefined {
  const may = (scope: string) => scopes.has(scope);
  if (any.some(may)) return { subject, onlyOf: undefined, may };
  if (own !== undefined && may(own)) return { subject, onlyOf: subject, may };
  return undefined;
}

/** The scope with the fewest rights that would do. */
export const leastScope = ({ any, own }: Granted): string => own ?? any[0];

/** All scopes that would do. */
export const scopesOf = ({ any, own }: Granted): string[] => [...(own === undefined ? [] : [own]), ...any];

/** Who calls what is open to everybody. */
export const NOBODY: Caller = { subject: undefined, onlyOf: undefined, may: () => false };

/** Who calls a service that asks for no tokens. */
export const ANYBODY: Caller = { subject: undefined, onlyOf: undefined, may: () => true };

/**
 * Who did it, for what is written down: the token's subject, never what the body says; without tokens that.
 */
export const whoDid = ({ subject }: Caller, said: string | undefined): string => subject ?? said ?? 'unknown';
