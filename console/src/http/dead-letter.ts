import { Id } from '@sagakit/service-kit/http/inputs';
import { z } from 'zod';
import type { Hit } from '../api.ts';
import { jsonOf, type Upstream } from '../upstream.ts';

const Letter = z.object({
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
    const letter = Letter.safeParse(said).data;
    if (!letter?.correlationId) return [];
    const label = `${letter.type ?? 'a message'} parked by ${name} (${letter.reason})`;
    return [{ kind: 'dead-letter', id: letter.id, label, story: letter.correlationId }];
  });
}
