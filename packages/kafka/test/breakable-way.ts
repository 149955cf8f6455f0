/**
 * A way of one's own to the Kafka of the tests, which can break while all others go on by theirs. Every
 * connection is led on, and where the broker says where it is, it says this way's port.
 */
import { once } from 'node:events';
import net from 'node:net';
import type { KafkaConnection } from '../src/connection.ts';

const HOST = '127.0.0.1';

export type BreakableWay = {
  /** The same Kafka, by this way. */
  kafka: KafkaConnection;
  /** Nothing gets through from now on, and nobody is told. */
  freeze(): void;
  /** Ends or resets what is connected, and turns away who comes. */
  close(how?: 'end' | 'reset'): void;
  /** Who comes from now on gets through. */
  open(): void;
  /** How many are connected now, and how many ever got through. */
  connected(): number;
  taken(): number;
  /** How many were turned away. */
  turnedAway(): number;
  remove(): Promise<void>;
};

/** @param kafka one broker on 127.0.0.1, without TLS */
export async function breakableWayTo(kafka: KafkaConnection): Promise<BreakableWay> {
  const port = Number(kafka.brokers[0]?.split(':')[1]);
  const connected = new Set<net.Socket>();
  let isOpen = true;
  let turnedAway = 0;
  let taken = 0;

  const server = net.createServer((client) => {
    client.on('error', () => {});
    if (!isOpen) {
      turnedAway++;
      client.destroy();
      return;
    }
    const broker = net.connect(port, HOST).on('error', () => {});
    taken++;
    connected.add(client).add(broker);
    for (const socket of [client, broker]) socket.once('close', () => connected.delete(socket));
    client.once('close', () => broker.destroy()).pipe(broker);
    broker.once('close', () => client.end());
    onFrames(broker, (frame) => client.write(moved(frame, port, portOf(server))));
  });
  server.listen(0, HOST);
  await once(server, 'listening');

  function close(how: 'end' | 'reset' = 'end'): void {
    isOpen = false;
    for (const socket of connected) {
      if (how === 'reset') socket.resetAndDestroy();
      else socket.destroy();
    }
    connected.clear();
  }
  return {
    kafka: { ...kafka, brokers: [`${HOST}:${portOf(server)}`] },
    freeze() {
      for (const socket of connected) socket.pause();
    },
    close,
    open() {
      isOpen = true;
    },
    connected: () => connected.size,
    taken: () => taken,
    turnedAway: () => turnedAway,
    async remove() {
      close();
      server.close();
      await once(server, 'close');
    },
  };
}

const portOf = (server: net.Server) => (server.address() as net.AddressInfo).port;

/** Kafka's answers: each has its length before it. */
function onFrames(broker: net.Socket, on: (frame: Buffer) => void): void {
  let unread = Buffer.alloc(0);
  broker.on('data', (bytes: Buffer) => {
    unread = Buffer.concat([unread, bytes]);
    while (unread.length >= 4 && unread.length >= 4 + unread.readUInt32BE()) {
      const length = 4 + unread.readUInt32BE();
      on(unread.subarray(0, length));
      unread = unread.subarray(length);
    }
  });
}

/** A broker's address is its host as text and its port in four bytes, in whichever answer it stands. */
function moved(frame: Buffer, from: number, to: number): Buffer {
  const port = Buffer.alloc(4);
  port.writeUInt32BE(from);
  const address = Buffer.concat([Buffer.from(HOST), port]);
  for (let at = frame.indexOf(address); at >= 0; at = frame.indexOf(address, at + address.length))
    frame.writeUInt32BE(to, at + HOST.length);
  return frame;
}
