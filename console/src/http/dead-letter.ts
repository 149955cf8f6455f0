import { Id } from '@sagakit/service-kit/http/inputs';
import { z } from 'zod';
import type { Hit } from '../api.ts';
import { jsonOf, type Upstream } from '../upstream.ts';

const DeadLetter = z.object({
  id: z.string(),
  type: z.string().optional(),
  reason: z.string(),
  correlationId: z.string().optional(),
});

/** Asks all services at once; whole ids only. */
export async function findDeadLetter(
  upstream: Upstream,
  services: readonly string[],
  id: string,
): Promise<Hit[]> {
  if (!Id.safeParse(id).success) return [];
  const asked = await Promise.all(
    services.map(async (name) => ({ name, said: jsonOf(await upstream.ask(name, `/dead-letters/${id}`)) })),
  );
  return asked.flatMap(({ name, said }): Hit[] => {
    const deadLetter = DeadLetter.safeParse(said).data;
    if (!deadLetter?.correlationId) return [];
    const label = `${deadLetter.type ?? 'a message'} parked by ${name} (${deadLetter.reason})`;
    return [{ kind: 'dead-letter', id: deadLetter.id, label, story: deadLetter.correlationId }];
  });
}
