/**
 * A connection to a client and one to a replica, joined: what comes on one goes out on the other, until
 * either is closed.
 */
import type net from 'node:net';

/**
 * So long nothing has to come on a connection on which nobody waits for an answer: then it is closed. As the
 * services do.
 */
const QUIET_MS = 500;

const CLOSE = Buffer.from('connection: close\r\n');

/** What goes from a client to a service. */
export type Way = {
  /** No more than what is asked already: the next answer is the last one, and what is quiet is closed. */
  leave(): void;
};

/**
 * The bytes, and if they begin with the head of a request, a line in it that asks for the connection to be
 * closed behind the answer. The service itself then says so to the client, and closes: nobody sends a request
 * into a connection that is about to go.
 */
export function asLast(chunk: Buffer): Buffer {
  const end = chunk.indexOf('\r\n');
  const isHead = end > 0 && / HTTP\/1\.[01]$/.test(chunk.toString('latin1', 0, end));
  return isHead ? Buffer.concat([chunk.subarray(0, end + 2), CLOSE, chunk.subarray(end + 2)]) : chunk;
}

/** `100 Continue` and its like: the answer is still to come. */
const isInterim = (chunk: Buffer) => chunk.toString('latin1', 0, 10) === 'HTTP/1.1 1';

export function join(client: net.Socket, upstream: net.Socket): Way {
  /** The last thing that came is a client's. */
  let asked = false;
  let beginsRequest = true;
  let quiet: NodeJS.Timeout | undefined;

  client.on('data', () => {
    beginsRequest = !asked;
    asked = true;
    quiet?.refresh();
  });
  upstream.on('data', (chunk: Buffer) => {
    asked = isInterim(chunk);
    quiet?.refresh();
  });
  client.pipe(upstream).pipe(client);
  const clientGone = () => {
    clearTimeout(quiet);
    upstream.destroy();
  };
  // What the replica said is sent to its end.
  const upstreamGone = () => client.destroySoon();
  client.on('error', clientGone).on('close', clientGone);
  upstream.on('error', upstreamGone).on('close', upstreamGone);
  if (client.destroyed) clientGone();

  return {
    leave() {
      client.unpipe(upstream);
      client.on('data', (chunk: Buffer) => {
        if (!upstream.write(beginsRequest ? asLast(chunk) : chunk)) client.pause();
      });
      client.on('end', () => upstream.end());
      upstream.on('drain', () => client.resume());
      client.resume();
      quiet = setTimeout(() => {
        if (asked || client.writableLength > 0) quiet?.refresh();
        else client.destroySoon();
      }, QUIET_MS);
    },
  };
}
