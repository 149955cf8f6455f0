/**
 * What a log says when Kafka says no. A broker that is started again, moves or refuses us may be planned, and
 * somebody mends it; whatever else is thrown is a fault of ours.
 */
import { createRequire } from 'node:module';
import type { KafkaJSError } from 'kafkajs';
import * as kafkajs from './kafkajs.ts';

/** kafkajs gives up on these by itself, and so calls them not retriable; the next attempt may succeed. */
const WAITED_OUT = [
  kafkajs.KafkaJSSASLAuthenticationError,
  kafkajs.KafkaJSGroupCoordinatorNotFound,
  kafkajs.KafkaJSLockTimeout,
];
/** The group goes on without us, and we join it again. */
const REJOINED = new Set(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS', 'UNKNOWN_MEMBER_ID']);
/** A right that the user lacks: an operator may mend it. */
const REFUSED = /_(AUTHORIZATION|AUTHENTICATION)_FAILED$/;

type Said = Partial<Pick<KafkaJSError, 'retriable'>> & { type?: unknown; code?: unknown };
const passesByItself = ({ retriable, type }: Said) => retriable === true || REJOINED.has(String(type));

/** kafkajs wraps what it gave up on, and what it tried too often. */
const rootOf = (error: unknown): unknown =>
  error instanceof Error && error.cause instanceof Error ? rootOf(error.cause) : error;

/** True if it is Kafka's, and the same may succeed later without a change of ours. */
export function isKafkaAway(error: unknown): boolean {
  const root = rootOf(error);
  if (root instanceof kafkajs.KafkaJSAggregateError) return root.errors.every(isKafkaAway);
  if (!(root instanceof kafkajs.KafkaJSError)) return false;
  const { type } = root as Said;
  return (
    passesByItself(root) || REFUSED.test(String(type)) || WAITED_OUT.some((known) => root instanceof known)
  );
}

/** Of what is waited out only what is the matter; of a fault of ours where it is, too. */
export function troubleOf(error: unknown): { trouble: string; err?: unknown } {
  const trouble = inWords(rootOf(error));
  return isKafkaAway(error) ? { trouble } : { trouble, err: error };
}

/** One line. */
function inWords(root: unknown): string {
  if (!(root instanceof Error)) return String(root);
  const message = root.message.trim().replaceAll(/\s*\n\s*/g, ' ') || root.name;
  const { type, code } = root as Said;
  const named = [type, code].find((name) => typeof name === 'string');
  return named && !message.includes(named) ? `${message} (${named})` : message;
}

type ErrorCode = Said & { message: string };
const { errorCodes } = createRequire(import.meta.url)('kafkajs/src/protocol/error.js') as {
  errorCodes: ErrorCode[];
};
const PASSING = new Set(errorCodes.filter(passesByItself).map(({ message }) => message));
/** The messages of kafkajs' own errors that `isKafkaAway`, each whole. */
const OWN = [
  /^Connection (error: |timeout$|closed by the server$)/,
  /^(Not connected|Closed connection|No broker available|The producer is disconnected)$/,
  /^(No brokers in the broker pool|Broker \S+ not found in the cached metadata)$/,
  /^(Topic metadata not loaded|Producing to topic without metadata)$/,
  /^Failed to find group coordinator$/,
  /^Request \w+\(key: \d+, version: \d+\) timed out$/,
  /^Timeout while acquiring lock \(\d+ waiting locks\)/,
  /^SASL \w+( \w+)? authentication failed: /,
  /^Kafka refuses the user /,
];

/**
 * The same of an error of which nothing but its message is left: what kafkajs writes to its log. Whole
 * messages: ours may well speak of a time that is up, or of a connection.
 */
export const isKafkasMessage = (message: string): boolean =>
  PASSING.has(message) || OWN.some((whole) => whole.test(message));
