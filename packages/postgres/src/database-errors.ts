/**
 * What is wrong when the database says no: the one list, for writes and reads, batches, relay, effects,
 * health and the start. Three kinds of error are known: PostgreSQL's (a SQLSTATE), the socket's
 * (ECONNREFUSED), and the client's own words for a connection that ended or gave no answer in time. Whatever
 * else is thrown is a fault of ours, and trying it again does not mend it.
 */

/**
 * COMMIT was sent, and the server answered something else (ROLLBACK). Where the connection fails instead, its
 * own error is thrown: with either, only a re-read by key can tell what holds.
 */
export class CommitUnknownError extends Error {
  override name = 'CommitUnknownError';
}

/** No connection could be made; `cause` says why. */
export class NoConnectionError extends Error {
  override name = 'NoConnectionError';
}

/**
 * The work may succeed later: connection exceptions, rollbacks, insufficient resources, locks, an operator's
 * intervention, the system.
 */
const TRANSIENT_CLASSES = new Set(['08', '28', '40', '53', '55', '57', '58']);
const TRANSIENT_CODES = new Set([
  '0A000', // a plan that is kept does not fit a table that a migration changed: a new connection plans anew
  '25006', // read-only: a failover is under way, or this server is a standby
  '25P03', // idle in transaction for too long: we were frozen
  '25P04',
  '26000', // the server has forgotten a prepared statement
  '3D000', // no such database; and in class 28 no such role, wrong password: an operator may mend it
  '42501', // a right that the role has lost
]);
/** Another connection, to the same address, may lead to a server that can. */
const USELESS_CODES = new Set(['0A000', '25006', '25P03', '25P04', '26000', '42501']);
const USELESS_CLASSES = new Set(['08', '28', '57', '58']);

const SOCKET = new Set(
  `EADDRNOTAVAIL EAI_AGAIN ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH ENETDOWN ENETUNREACH ENOTFOUND EPIPE ETIMEDOUT
   ERR_STREAM_DESTROYED ERR_STREAM_WRITE_AFTER_END ERR_SOCKET_CLOSED`.split(/\s+/),
);
/** Of pg and pg-pool, which give these no code. */
const CLIENT_WORDS =
  /^(Connection terminated|Query read timeout|timeout expired|timeout exceeded when trying to connect|Cannot use a pool after|Client (was closed|has encountered a connection error)|Received unexpected \w+ message from backend)/;

type Coded = {
  code?: unknown;
  /** Prisma's errors carry the driver's. */
  meta?: { driverAdapterError?: { cause?: { originalCode?: string } } };
};

/** The SQLSTATE, or the socket's code. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof NoConnectionError) return codeOf(error.cause);
  const { code, meta } = (error ?? {}) as Coded;
  const driver = meta?.driverAdapterError?.cause?.originalCode;
  return driver ?? (typeof code === 'string' ? code : undefined);
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** PostgreSQL's code of what is wrong. It quotes nothing, as its words may. */
export function sqlStateOf(error: unknown): string | undefined {
  const code = codeOf(error);
  return code !== undefined && SQLSTATE.test(code) ? code : undefined;
}

/** What Prisma calls the trouble of a connection (P1001: cannot be reached). No SQLSTATE begins so. */
const PRISMA_CONNECTION = /^(P1\d{3}|P2024)$/;
const speaksOfConnection = (error: unknown) =>
  error instanceof NoConnectionError || (error instanceof Error && CLIENT_WORDS.test(error.message));

/**
 * True if the same work may succeed later: the database is away or restarting, refuses us for now, a lock or
 * a statement timed out, somebody else changed a row. False for what the data breaks (SQLSTATE 22xxx, 23xxx
 * ...) and for every other error, plain ones too: a fault of ours.
 */
export function isTransient(error: unknown): boolean {
  if (error instanceof CommitUnknownError) return true;
  const code = codeOf(error);
  if (code === undefined) return speaksOfConnection(error);
  if (SOCKET.has(code) || PRISMA_CONNECTION.test(code)) return true;
  if (!SQLSTATE.test(code)) return speaksOfConnection(error);
  return TRANSIENT_CODES.has(code) || TRANSIENT_CLASSES.has(code.slice(0, 2));
}

/**
 * True if the connection that gave this error must not be used again: it is lost, silent, or leads to a
 * server that does not do.
 */
export function spoilsConnection(error: unknown): boolean {
  const code = codeOf(error);
  if (code === undefined || !SQLSTATE.test(code)) return isTransient(error);
  if (code === '57014') return false; // one statement was cancelled
  return USELESS_CODES.has(code) || USELESS_CLASSES.has(code.slice(0, 2));
}

/**
 * An error's words; without those with which PostgreSQL quotes a value that does not fit (class 22: `invalid
 * input syntax for type uuid: "..."`), for logs and traces: who somebody is, or a secret, may stand in them.
 */
export function withoutValue(error: unknown): string {
  const code = sqlStateOf(error);
  if (code?.startsWith('22'))
    return `a value does not fit (${code}); the words about it are withheld: they quote it`;
  return error instanceof Error ? error.message : String(error);
}

/** What is the matter and what to do, for logs and /health/ready. One line. */
export function inWords(error: unknown): string {
  const cause = error instanceof NoConnectionError ? error.cause : error;
  const message =
    withoutValue(cause).trim().split('\n').at(-1) || (cause instanceof Error ? cause.name : String(cause));
  const code = codeOf(error);
  const advice = ADVICE.find(([pattern]) => pattern.test(code ?? message))?.[1];
  const named = code && !message.includes(code) ? `${message} (${code})` : message;
  return advice ? `${named}: ${advice}` : named;
}

/**
 * What a log says of an error that is waited out: of what may be planned (the server restarts, a password is
 * changed) only what is the matter; of a fault of ours where it is, too.
 */
export const troubleOf = (error: unknown): { trouble: string; err?: unknown } =>
  isTransient(error) ? { trouble: inWords(error) } : { trouble: inWords(error), err: error };

const ADVICE: [RegExp, string][] = [
  [
    /^28P01$|^P1000$/,
    'the password is wrong or the role does not exist; see DATABASE_URL and DATABASE_PASSWORD, or make the role',
  ],
  [/^28/, 'the server refuses this role; see DATABASE_URL, the roles of the server and its pg_hba.conf'],
  [/^SASL/, 'the server asks for a password; see DATABASE_URL and DATABASE_PASSWORD'],
  [/^3D000$|^P1003$/, 'the server has no such database; make it, or see DATABASE_URL'],
  [/^42501$/, 'the role lacks a right; grant it, or see DATABASE_URL'],
  [/^25006$/, 'the server is read-only; a failover may be under way, or DATABASE_URL names a standby'],
  [/^53300$/, 'the server has no connection left; raise max_connections, or lower DATABASE_POOL_SIZE'],
  [
    /^(UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|CERT_)/,
    'no authority of the file sslrootcert vouches for the certificate of the server; see DATABASE_URL',
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'the certificate of the server names another host than DATABASE_URL does',
  ],
  [/^53100$/, "the server's disk is full"],
  [/^57P03$/, 'the server is starting, stopping or recovering'],
];

/** In a word or two, for whoever called: who they are to us is not theirs to know. */
export function briefly(error: unknown): string {
  const code = codeOf(error) ?? '';
  if (code.startsWith('28') || code === '42501' || code === 'P1000')
    return 'The database refuses this service.';
  if (code === '3D000' || code === 'P1003') return "This service's database does not exist.";
  if (code === '25006') return 'The database is read-only for the moment.';
  return 'The database is away for the moment.';
}
