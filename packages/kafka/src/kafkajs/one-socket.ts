/**
 * A connection of kafkajs 2.2.4 has one socket after another, and listens to all of them: what an old one
 * says late, its end above all, is taken for the new one's, which is ended or waits for answers that nobody
 * gives, 20 seconds or for ever. So it goes where a broker lets nobody in: it closes what was refused while
 * the client comes again. Here a connection leaves its socket for good before it makes another.
 */
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { KafkaJSConnectionError } from './kafkajs.ts';

type Connection = {
  socket?: Socket;
  authenticatedAt: unknown;
  connectionStatus: 'connected' | 'disconnecting' | 'disconnected';
  requestQueue: { waitForPendingRequests(): Promise<void>; destroy(): void };
  isConnected(): boolean;
  rejectRequests(error: Error): void;
  connect(): Promise<boolean>;
  disconnect(): Promise<boolean>;
};

const require = createRequire(import.meta.url);
const connection = (require('kafkajs/src/network/connection.js') as { prototype: Connection }).prototype;
const { connect } = connection;

const connecting = new WeakMap<Connection, Promise<boolean>>();
const left = () => new KafkaJSConnectionError('the connection was left');

let done = false;

export function keepToOneSocket(): void {
  if (done) return;
  done = true;

  connection.connect = function connectOnce() {
    if (this.isConnected()) return Promise.resolve(true);
    const underWay = connecting.get(this);
    if (underWay) return underWay;
    if (this.socket) silence(this.socket);
    const begun = connect.call(this).finally(() => connecting.delete(this));
    connecting.set(this, begun);
    return begun;
  };

  connection.disconnect = async function leaveSocket() {
    const { socket } = this;
    this.authenticatedAt = null;
    this.connectionStatus = 'disconnecting';
    await this.requestQueue.waitForPendingRequests();
    // Somebody else has left it meanwhile, and connected anew.
    if (this.socket !== socket) return true;
    this.requestQueue.destroy();
    // One that is not there yet would come, and be of no use: who waits for it is told.
    if (socket?.connecting) socket.destroy(left());
    else socket?.end().unref();
    this.connectionStatus = 'disconnected';
    // What was asked in the last moment.
    this.rejectRequests(left());
    return true;
  };
}

function silence(socket: Socket): void {
  socket.removeAllListeners();
  socket.on('error', () => {});
  socket.destroy();
}
