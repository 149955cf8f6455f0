/** What a broker answered to a fetch, of one partition. */
export type PartitionResponse = {
  topic: string;
  partition: number;
  /** The offset that was asked for: all before it has been read. */
  at: bigint;
  /**
   * The offset behind what was answered, if that holds nothing for us: it is read by being answered.
   * Undefined: records come with it.
   */
  passed: bigint | undefined;
  /** One more than the last offset that a reader could have been given. */
  end: bigint;
  /** By the process' monotonic clock (`performance.now()`): all that was written before is before `end`. */
  askedAt: number;
};

type Place = {
  /** The offset before which all has been handled; undefined: not known yet. */
  position?: bigint;
  /**
   * A response of the broker that is not worked off yet: once the position is at `end`, all that was written
   * before `askedAt` is handled.
   */
  mark?: { end: bigint; askedAt: number } | undefined;
  /** All that was written before this moment is handled. */
  readAt?: number | undefined;
  /** The same as it was last known, an outage or not; before that, since when the partition is ours. */
  behindSince: number;
};

const keyOf = (topic: string, partition: number) => `${topic}/${partition}`;

export type Reading = ReturnType<typeof createReading>;

/**
 * Knows how far a replica has read, by what the broker answered to its own fetches: the only measure that
 * holds whatever a topic contains (markers of transactions, gaps, a beginning that moved, a topic that was
 * made again). Times are the process' monotonic clock, in milliseconds. Pure but for its state.
 */
export function createReading() {
  let assignment: Record<string, number[]> = {};
  let places = new Map<string, Place>();
  /** What was asked before says nothing. */
  let since = 0;

  function settle(place: Place): void {
    const { mark, position } = place;
    if (!mark || position === undefined || position < mark.end) return;
    place.readAt = mark.askedAt;
    place.behindSince = mark.askedAt;
    place.mark = undefined;
  }

  return {
    /** Other partitions, or the same from the last committed offset on. */
    assigned(own: Record<string, number[]>, now: number): void {
      assignment = own;
      since = now;
      const keys = Object.entries(own).flatMap(([topic, partitions]) =>
        partitions.map((partition) => keyOf(topic, partition)),
      );
      // Who joins again and again and reads nothing is not up to date each time.
      places = new Map(keys.map((key) => [key, { behindSince: places.get(key)?.behindSince ?? now }]));
    },
    /** After an outage: what lies unread must be found out anew. */
    resumed(now: number): void {
      since = now;
      for (const place of places.values()) {
        place.mark = undefined;
        place.readAt = undefined;
      }
    },
    responded({ topic, partition, at, passed, end, askedAt }: PartitionResponse): void {
      const place = places.get(keyOf(topic, partition));
      if (!place) return;
      place.position = passed ?? at;
      // An end before the mark's: the topic was made again, and the mark will never be reached.
      if (askedAt >= since && (!place.mark || end < place.mark.end)) place.mark = { end, askedAt };
      settle(place);
    },
    /** All before `next` has been handled. */
    reached(topic: string, partition: number, next: bigint): void {
      const place = places.get(keyOf(topic, partition));
      if (!place) return;
      place.position = next;
      settle(place);
    },
    /**
     * How long ago the moment is before which everything written has been handled, in all partitions;
     * Infinity: not known yet.
     */
    readAgoMs(now: number): number {
      let oldest = now;
      for (const { readAt } of places.values()) oldest = Math.min(oldest, readAt ?? -Infinity);
      return now - oldest;
    },
    /** How long ago everything was known to be handled, for people: it goes on through joins and outages. */
    behindMs: (now: number): number =>
      now - Math.min(now, ...[...places.values()].map(({ behindSince }) => behindSince)),
    position: (topic: string, partition: number): bigint | undefined =>
      places.get(keyOf(topic, partition))?.position,
    assignment: () => assignment,
    partitions: () => new Set(Object.values(assignment).flat()),
  };
}
