/** Where a Kafka is, who connects to it and by what, and what our names are called there. */

export const SASL_MECHANISMS = ['scram-sha-512', 'scram-sha-256', 'plain'] as const;
export type SaslMechanism = (typeof SASL_MECHANISMS)[number];

export type Sasl = {
  mechanism: SaslMechanism;
  username: string;
  /** A function is asked for each connection anew, so that a password may change under a running process. */
  password: string | (() => string);
};

/** PEM. Without `ca` the certificates that the system trusts; `cert` and `key`: who we are. */
export type Certificates = { ca?: string; cert?: string; key?: string };

export type KafkaConnection = {
  brokers: string[];
  clientId: string;
  /** Absent: a broker that lets in whoever comes. */
  sasl?: Sasl | undefined;
  /** Absent: no TLS. Asked for each connection anew, so that a certificate may be renewed. */
  tls?: (() => Certificates) | undefined;
  /**
   * What every topic and group of ours begins with at a broker that others use too. Whoever is outside of
   * this package knows the names without it.
   */
  prefix?: string | undefined;
};

export type Names = {
  /** As the broker knows it. */
  outside(name: string): string;
  /** As we know it. */
  inside(name: string): string;
};

export const namesAt = ({ prefix = '' }: Pick<KafkaConnection, 'prefix'>): Names => ({
  outside: (name) => `${prefix}${name}`,
  inside: (name) => name.slice(prefix.length),
});
