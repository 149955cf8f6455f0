/** Who is signed in. The page cannot read the browser's cookie, which stands for a token of the server. */
import type { SessionNow, SignInAt } from '@order-saga/console/api';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { call, post } from './client.ts';
import { set } from './settings.ts';

const isCustomer = (name: string | undefined): name is string => name?.startsWith('customer-') ?? false;

/** A customer buys for nobody else: the shop knows whom. */
export function useSession() {
  const session = useQuery({
    queryKey: ['session'],
    queryFn: ({ signal }) => call<SessionNow>('/api/session', { signal }),
    staleTime: 60_000,
  });
  const { as } = session.data ?? {};
  useEffect(() => {
    if (isCustomer(as)) set({ customerId: as });
  }, [as]);
  return session;
}

/** The browser leaves for the identity provider, and comes back to where it is now. */
export async function signInAs(as: string): Promise<void> {
  const back = `${location.pathname}${location.search}`;
  const { location: there } = await post<SignInAt>('/api/session', { as, back });
  location.assign(there);
}
