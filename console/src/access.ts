/** Who may do what by the console: its own token, by which services know it, and those of its visitors. */
import { CONSOLE_SCOPES, SCOPES } from '@order-saga/contracts/access';
import { catalogue } from '@order-saga/contracts/catalogue';
import { CONSOLE, SERVICES } from '@order-saga/contracts/system';
import { withTimeout } from '@sagakit/resilience/timeout';
import type { AuthConfig } from '@sagakit/service-kit/config';
import { type Authorize, withoutTokens, withTokens } from '@sagakit/service-kit/http/auth/authorize';
import { clientTokens, type TokenSource } from '@sagakit/service-kit/http/auth/client-tokens';
import { createKeys, keySetAt } from '@sagakit/service-kit/http/auth/keys';
import { createVerifier } from '@sagakit/service-kit/http/auth/tokens';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createSignIn, type SignIn } from './sign-in/sign-in.ts';

/** A page that waits for it longer is shown to nobody in particular. */
const PROVIDER_WITHIN_MS = 700;

/** Services know the console by a token of its own; nobody else is told it. */
export function tokensOf(config: Config): (service: string) => TokenSource | undefined {
  const { AUTH_TOKEN_URL: tokenUrl, AUTH_CLIENT: client, AUTH_CLIENT_SECRET: secret } = config;
  if (tokenUrl === undefined || secret === undefined) return () => undefined;
  const tokens = clientTokens({ tokenUrl, client, secret, scope: CONSOLE_SCOPES.join(' ') });
  const isService = (name: string) => SERVICES.some((service) => service === name);
  return (name) => (isService(name) ? tokens : undefined);
}

type Access = {
  authorize: Authorize;
  signIn: SignIn | undefined;
  /** Whether whoever is sent to the identity provider finds it. */
  providerAnswers: () => Promise<boolean>;
};

/** Who may change something by the console, and how one says who one is. */
export function accessOf(config: Config, auth: AuthConfig, log: Logger): Access {
  if (auth.AUTH === 'off') {
    log.warn({}, 'AUTH=off: whoever reaches this port may do everything');
    return { authorize: withoutTokens, signIn: undefined, providerAnswers: async () => false };
  }
  const load = keySetAt(auth.AUTH_JWKS);
  const verify = createVerifier({
    issuer: auth.AUTH_ISSUER,
    audience: auth.AUTH_AUDIENCE,
    keys: createKeys(load, log),
  });
  const { AUTH_AUTHORIZE_URL: authorizeUrl, AUTH_TOKEN_URL: tokenUrl, AUTH_SIGN_IN_SECRET: secret } = config;
  const canSignIn = authorizeUrl && tokenUrl && secret && !config.CONSOLE_READ_ONLY;
  const signIn = canSignIn
    ? createSignIn({
        settings: {
          authorizeUrl,
          tokenUrl,
          client: config.AUTH_SIGN_IN_CLIENT,
          secret,
          scope: Object.keys(SCOPES).join(' '),
          audience: auth.AUTH_AUDIENCE,
        },
        verify,
        people: config.CONSOLE_DEMO_PEOPLE,
        origin: config.CONSOLE_URL,
        name: `${catalogue.system}-${CONSOLE.name}`,
      })
    : undefined;
  const providerAnswers = () =>
    withTimeout(
      load().then(
        () => true,
        () => false,
      ),
      PROVIDER_WITHIN_MS,
      () => false,
    );
  return { authorize: withTokens(verify, catalogue.system), signIn, providerAnswers };
}
