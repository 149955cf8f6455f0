/**
 * Who we are, shown anew with each connection. kafkajs 2.2.4 keeps the password and the certificates that it
 * was given once; here they are asked for whenever it connects.
 */
import { createRequire } from 'node:module';
import net from 'node:net';
import tls from 'node:tls';
import type { ISocketFactory, KafkaConfig, Mechanism } from 'kafkajs';
import type { KafkaConnection, Sasl } from '../connection.ts';
import { KafkaJSConnectionError } from './kafkajs.ts';

const require = createRequire(import.meta.url);
type Known = { username: string; password: string };
type Provider = Mechanism['authenticationProvider'];
const provider = (file: string) =>
  require(`kafkajs/src/broker/saslAuthenticator/${file}.js`) as (known: Known) => Provider;
const PROVIDERS = {
  plain: provider('plain'),
  'scram-sha-256': provider('scram256'),
  'scram-sha-512': provider('scram512'),
};

/**
 * @param patient a refusal is like a broker that is away: it is tried again. Otherwise it is thrown, and
 * kafkajs gives up.
 */
export function saslOf(
  { mechanism, username, password }: Sasl,
  { patient }: { patient: boolean },
): Mechanism {
  const authenticationProvider: Provider = (args) => {
    const known = { username, password: typeof password === 'function' ? password() : password };
    const { authenticate } = PROVIDERS[mechanism](known)(args);
    return {
      async authenticate() {
        try {
          await authenticate();
        } catch (error) {
          const words = `Kafka refuses the user ${username}: ${(error as Error).message}`;
          throw patient ? new KafkaJSConnectionError(words) : error;
        }
      },
    };
  };
  return { mechanism, authenticationProvider };
}

const KEEP_ALIVE_MS = 60_000;

/** kafkajs' own, but that certificates are asked for. */
export function tlsOf({ tls: certificates }: KafkaConnection): Pick<KafkaConfig, 'ssl' | 'socketFactory'> {
  if (!certificates) return {};
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const servername = net.isIP(host) ? {} : { servername: host };
    const socket = tls.connect({ host, port, ...servername, ...certificates() }, onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    return socket;
  };
  return { ssl: true, socketFactory };
}
