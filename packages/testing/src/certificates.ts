/**
 * A certificate authority for the time of a test, and what it issues: X.509 written by hand (RFC 5280, DER),
 * since Node reads certificates and makes none.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** Both in PEM. */
export type Certificate = { certificate: string; key: string };
export type Authority = {
  /** Its own certificate, by which others know it. */
  certificate: string;
  /** @param names host names for which whoever shows it may speak */
  issue(names: readonly string[]): Certificate;
};

const DAY_MS = 86_400_000;

const der = (tag: number, ...contents: Buffer[]): Buffer => {
  const body = Buffer.concat(contents);
  const { length } = body;
  const long = length < 0x80 ? [] : length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(long.length ? [tag, 0x80 | long.length, ...long] : [tag, length]), body]);
};
const sequence = (...contents: Buffer[]) => der(0x30, ...contents);
const text = (tag: number, value: string) => der(tag, Buffer.from(value));
const octets = (value: Buffer) => der(0x04, value);
const bits = (value: Buffer) => der(0x03, Buffer.from([0]), value);
const TRUE = der(0x01, Buffer.from([0xff]));
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const BASIC_CONSTRAINTS = oid('551d13');
const SUBJECT_ALT_NAME = oid('551d11');

const named = (name: string) => sequence(der(0x31, sequence(COMMON_NAME, text(0x0c, name))));
const time = (at: number) => text(0x18, `${new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '')}`);
const pem = (body: Buffer) =>
  `-----BEGIN CERTIFICATE-----\n${body.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

type Wanted = {
  subject: string;
  issuer: string;
  publicKey: KeyObject;
  signedBy: KeyObject;
  extension: Buffer;
};

function write({ subject, issuer, publicKey, signedBy, extension }: Wanted): string {
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))), // version 3
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    named(issuer),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + DAY_MS)),
    named(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(extension)),
  );
  return pem(sequence(content, ECDSA_WITH_SHA256, bits(sign('sha256', content, signedBy))));
}

export function createAuthority(name: string): Authority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence(TRUE)));
  return {
    certificate: write({
      subject: name,
      issuer: name,
      publicKey: own.publicKey,
      signedBy: own.privateKey,
      extension: isAuthority,
    }),
    issue(names) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const hosts = sequence(...names.map((host) => text(0x82, host)));
      return {
        key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        certificate: write({
          subject: names[0] ?? '',
          issuer: name,
          publicKey,
          signedBy: own.privateKey,
          extension: sequence(SUBJECT_ALT_NAME, octets(hosts)),
        }),
      };
    },
  };
}
