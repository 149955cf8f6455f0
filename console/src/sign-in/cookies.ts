/** The console's cookies. All of them are for the server's eyes only; what they stand for stays here. */

/** The value of a cookie of that name in a request's header; undefined: there is none. */
export function cookieIn(header: string | undefined, name: string): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
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
