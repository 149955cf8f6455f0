/** The wire between a service and its database, in a test's hand. */
import net from 'node:net';

export type Wire = {
  /** The database's address by this wire. */
  through(url: string): string;
  /** Connections are ended, and refused from now on. */
  cut(): void;
  /** Connections are taken, and nothing is heard any more: as of a server that is frozen. */
  silence(): void;
  mend(): void;
  close(): void;
};

export async function wireTo(database: string): Promise<Wire> {
  const target = new URL(database);
  const sockets = new Set<net.Socket>();
  let state: 'whole' | 'cut' | 'silent' = 'whole';

  const server = net.createServer((near) => {
    if (state === 'cut') return void near.destroy();
    const far = net.connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to, { end: false });
      if (state === 'silent') from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;

  return {
    through(url) {
      const seen = new URL(url);
      seen.hostname = '127.0.0.1';
      seen.port = String(port);
      return seen.href;
    },
    cut() {
      state = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    silence() {
      state = 'silent';
      for (const socket of sockets) socket.pause();
    },
    mend() {
      state = 'whole';
      for (const socket of sockets) socket.resume();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export type Cut = 'before' | 'after';

/** Stands between a service and its database, and cuts the connection at the next COMMITs, as `cuts` says. */
export async function cuttingProxy(database: string, cuts: Cut[]): Promise<{ url: string; close(): void }> {
  const target = new URL(database);
  const sockets = new Set<net.Socket>();
  const server = net.createServer((client) => {
    const far = net.connect(Number(target.port), target.hostname);
    for (const socket of [client, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        far.destroy();
      });
    }
    let mute = false;
    client.on('data', (chunk) => {
      // Not the `read committed` with which a connection begins.
      const cut = /commit(?!ted)/.test(chunk.toString('latin1')) ? cuts.shift() : undefined;
      if (cut === 'before') return client.destroy();
      if (cut === undefined) return far.write(chunk);
      // What the database has been sent it does, and then it closes; only the answer is lost.
      mute = true;
      far.end(chunk);
    });
    far.on('data', (chunk) => void (mute || client.write(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.port = String((server.address() as net.AddressInfo).port);
  return {
    url: url.href,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
