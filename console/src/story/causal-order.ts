/**
 * The order in which a story is told: no effect before its cause, no message before the one that its writer
 * said before; else by time.
 */
import { byBytes } from '../projection/rows.ts';

type Ordered = {
  source: string;
  id: string;
  subject: string;
  time: string;
  hops: number;
  sequence: number;
  cause: string | null;
};

const byTime = (a: Ordered, b: Ordered): number =>
  (a.time < b.time ? -1 : a.time > b.time ? 1 : 0) ||
  a.hops - b.hops ||
  byBytes(a.source, b.source) ||
  a.sequence - b.sequence ||
  byBytes(a.id, b.id);

type Node<M> = { message: M; waitsFor: number; then: Node<M>[]; done: boolean };

/** Messages that wait for each other in a ring (nobody honest writes such) are told by time. */
export function inCausalOrder<M extends Ordered>(messages: readonly M[]): M[] {
  const nodes = messages
    .toSorted(byTime)
    .map((message): Node<M> => ({ message, waitsFor: 0, then: [], done: false }));
  link(nodes);
  const ordered: M[] = [];
  const ready: Node<M>[] = nodes.filter(({ waitsFor }) => waitsFor === 0);
  let late = 0;
  while (ordered.length < nodes.length) {
    const next = ready.shift() ?? nodes[late++];
    if (!next || next.done) continue;
    next.done = true;
    ordered.push(next.message);
    for (const after of next.then) if (--after.waitsFor === 0 && !after.done) insert(ready, after);
  }
  return ordered;
}

function link<M extends Ordered>(nodes: readonly Node<M>[]): void {
  const byId = new Map<string, Node<M>>();
  for (const node of nodes) if (!byId.has(node.message.id)) byId.set(node.message.id, node);
  const connect = (before: Node<M> | undefined, after: Node<M>) => {
    if (!before || before === after) return;
    before.then.push(after);
    after.waitsFor++;
  };
  for (const node of nodes) connect(byId.get(node.message.cause ?? ''), node);
  const writers = Map.groupBy(nodes, ({ message }) => `${message.source} ${message.subject}`);
  for (const said of writers.values()) {
    const inSequence = said.toSorted(
      (a, b) => a.message.sequence - b.message.sequence || byTime(a.message, b.message),
    );
    inSequence.forEach((node, place) => connect(inSequence[place - 1], node));
  }
}

/** Keeps `ready` in the order of time. */
function insert<M extends Ordered>(ready: Node<M>[], node: Node<M>): void {
  let [low, high] = [0, ready.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byTime((ready[middle] as Node<M>).message, node.message) <= 0) low = middle + 1;
    else high = middle;
  }
  ready.splice(low, 0, node);
}
