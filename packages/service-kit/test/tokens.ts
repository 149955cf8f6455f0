/** An issuer of tokens with real keys, and the keys that services are told. */
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { newId } from '@sagakit/resilience/ids';

export const ISSUER = 'https://identity.example.com';
export const AUDIENCE = 'urn:hotel:api';

/** A key pair, what signs with it, and its public half as the issuer publishes it. */
export async function signer(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: newId(), alg, use: 'sig' };
  return {
    jwk,
    publicKey,
    sign: (claims: JWTPayload = {}, header: object = {}) =>
      new SignJWT({ ...goodClaims(), ...claims })
        .setProtectedHeader({ alg, kid: jwk.kid, typ: 'at+jwt', ...header })
        .sign(privateKey),
  };
}

export const jwks = (...signers: { jwk: object }[]): string =>
  JSON.stringify({ keys: signers.map(({ jwk }) => jwk) });

const nowSeconds = () => Math.floor(Date.now() / 1_000);

export const goodClaims = (): JWTPayload => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'ada',
  client_id: 'ada',
  scope: 'guest',
  jti: newId(),
  iat: nowSeconds(),
  exp: nowSeconds() + 300,
});
