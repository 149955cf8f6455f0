/**
 * Lets two generations stop at the same offsets, so that they can be compared: each holds back, in memory,
 * what lies behind the agreed offsets, and takes it when it is let go. (Waiting instead would also keep back
 * what is still needed of other partitions.)
 */
import type { RawRecord } from '@sagakit/kafka/record';

/** By `topic/partition`: the offset to be read next. */
export type Offsets = ReadonlyMap<string, bigint>;

export type Gate = {
  /** A batch of the consumer. */
  take(records: readonly RawRecord[], signal: AbortSignal): Promise<void>;
  /** Takes no more; where it stands once what is under way is written. */
  hold(): Promise<Offsets>;
  /** Goes on up to `limits`, and says when it is there. */
  advance(limits: Offsets): Promise<void>;
  /** Goes on. */
  release(): Promise<void>;
  /** The process stops: what is held is forgotten, and read again at the next start. */
  abandon(): void;
  /** Where it stands; starts from what is stored. */
  positions(): Offsets;
  startAt(stored: Offsets): void;
};

const NONE: Offsets = new Map();
const placeOf = ({ topic, partition }: RawRecord) => `${topic}/${partition}`;

export function createGate(
  write: (records: readonly RawRecord[], signal: AbortSignal) => Promise<void>,
): Gate {
  const positions = new Map<string, bigint>();
  /** Undefined: all may pass. */
  let limits: Offsets | undefined;
  let held: RawRecord[] = [];
  let arrived: (() => void) | undefined;
  let inFlight: Promise<void> = Promise.resolve();
  const never = new AbortController().signal;

  const mayPass = (record: RawRecord) =>
    !limits || BigInt(record.offset) < (limits.get(placeOf(record)) ?? 0n);
  const isThere = () =>
    [...(limits ?? NONE)].every(([place, limit]) => (positions.get(place) ?? 0n) >= limit);

  /** One after the other: what was held comes before what is taken now. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = inFlight.then(work);
    inFlight = done.catch(() => {});
    return done;
  }

  async function pass(records: readonly RawRecord[], signal: AbortSignal): Promise<void> {
    const now = records.filter(mayPass);
    held.push(...records.filter((record) => !mayPass(record)));
    if (now.length > 0) await write(now, signal);
    for (const record of now) {
      const next = BigInt(record.offset) + 1n;
      const place = placeOf(record);
      if (next > (positions.get(place) ?? 0n)) positions.set(place, next);
    }
    if (limits && isThere()) arrived?.();
  }

  return {
    take: (records, signal) => inTurn(() => pass(records, signal)),
    async hold() {
      await inTurn(async () => {
        limits = NONE;
      });
      return new Map(positions);
    },
    advance: (to) =>
      new Promise<void>((resolve, reject) => {
        arrived = resolve;
        inTurn(() => {
          limits = to;
          const taken = held;
          held = [];
          return pass(taken, never);
        }).catch(reject);
      }),
    release: () =>
      inTurn(() => {
        limits = undefined;
        arrived = undefined;
        const taken = held;
        held = [];
        return pass(taken, never);
      }),
    abandon() {
      held = [];
    },
    positions: () => positions,
    startAt(stored) {
      for (const [place, next] of stored) positions.set(place, next);
    },
  };
}
