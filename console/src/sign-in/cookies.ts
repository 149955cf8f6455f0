/** The console's cookies. All of them are for the server's eyes only; what they stand for stays here. */

/** The value of a cookie of that name in a request's header; undefined: there is none. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}

/**
 * What the cookies of the console that is opened there are called. Browsers keep cookies by host, whatever
 * the port, so the port is in the names: two consoles of one host leave each other's alone. Behind https none
 * but this very host can have set them (`__Host-`).
 */
export function namesAt(origin: string, name: string) {
  const { protocol, port } = URL.parse(origin) ?? { protocol: 'http:', port: '' };
  const session = protocol === 'https:' ? `__Host-${name}-${port || '443'}` : `${name}-${port || '80'}`;
  return { session, pending: `${session}-pending`, lately: `${session}-lately`, last: `${session}-as` };
}

type Options = {
  path: string;
  sameSite: 'Strict' | 'Lax';
  /** 0: it is taken back. */
  maxAgeS: number;
  isHttps: boolean;
};

/** `Set-Cookie`'s value. */
export const cookie = (name: string, value: string, { path, sameSite, maxAgeS, isHttps }: Options): string =>
  [
    `${name}=${value}`,
    `Path=${path}`,
    `Max-Age=${maxAgeS}`,
    'HttpOnly',
    `SameSite=${sameSite}`,
    ...(isHttps ? ['Secure'] : []),
  ].join('; ');
