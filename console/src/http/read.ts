import type { Pool } from 'pg';
import type { Hit } from '../api.ts';
import type { SagaAsData } from '../story/definition.ts';
import type { Hub } from '../stream/hub.ts';
import type { Telemetry } from '../telemetry/intake.ts';
import type { Upstream } from '../upstream.ts';

/** What the endpoints read from. */
export type Read = {
  db: Pool;
  /** The generation that is shown. */
  generation(): number;
  definitions(): readonly SagaAsData[];
  hub: Hub;
  upstream: Upstream;
  telemetry: Pick<Telemetry, 'always' | 'read' | 'whyNotAll'>;
  /** Asks the services, since no topic has the id of a dead letter. */
  findDeadLetter(id: string): Promise<Hit[]>;
};
