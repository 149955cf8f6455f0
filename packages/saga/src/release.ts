/** Which definition moves which saga. A running saga keeps the version that it started with. */
import { IncompatibleReleaseError } from '@sagakit/messaging/aggregate/decision';
import type { z } from 'zod';
import type { SagaDefinition } from './define.ts';
import { hasEnded, type SagaState } from './state.ts';

/** What the sagas of a service are about, by the names that messages and tables have for it. */
export type SagaSubject = {
  /** In the data of messages, and in stored states: `bookingId`. */
  field: string;
  /** In the tables: `booking_id`. */
  column: string;
  /** Of the column: `uuid`. */
  type: string;
  /** Reads it as callers write it, in paths and cursors. */
  id: z.ZodType<string>;
  /** In sentences: `a booking`. */
  one: string;
  /** What can still be done once a saga has ended, said to an operator who is refused. */
  afterwards?: string;
};

/**
 * What one release of the orchestrator runs. A new version is deployed in one release (`alsoRunning`) and
 * started in the next (`started`), so that during the second every replica, old and new, knows both; the old
 * one stays in `alsoRunning` while sagas of it live.
 */
export type Release = {
  subject: SagaSubject;
  /** Where the saga of that name is written down, from the root of the repository. For people. */
  sourceFileOf(name: string): string;
  /** Begins new sagas; one per message that starts one. */
  started: readonly SagaDefinition[];
  /** Goes on with sagas that run already, and begins none. */
  alsoRunning: readonly SagaDefinition[];
};

export type Definitions = {
  subject: SagaSubject;
  all: readonly SagaDefinition[];
  /** The definition that the message starts. */
  startedBy(type: string): SagaDefinition | undefined;
  /** Whether the message cancels a saga of this release: then it starts none by itself. */
  isCancellation(type: string): boolean;
  /**
   * Throws IncompatibleReleaseError for a live saga of a version that this release does not have: another
   * release's replica must go on with it. One that has ended does not move any more, so that another version
   * does for what comes late; the saga that it can still be followed by is a matter of what comes.
   */
  of(saga: Pick<SagaState, 'name' | 'version' | 'status'>): SagaDefinition;
};

/**
 * Throws if two definitions would be started by the same message, one version is there twice, or one does not
 * know what cancels the others.
 */
export function definitionsOf({ subject, started, alsoRunning }: Omit<Release, 'sourceFileOf'>): Definitions {
  const byVersion = new Map<string, SagaDefinition>();
  const byStart = new Map<string, SagaDefinition>();
  for (const saga of [...started, ...alsoRunning]) {
    const name = nameOf(saga);
    if (byVersion.has(name)) throw new Error(`${name} is defined twice`);
    byVersion.set(name, saga);
  }
  for (const saga of started) {
    const { type } = saga.startsOn;
    if (byStart.has(type)) throw new Error(`${type} starts both ${byStart.get(type)?.name} and ${saga.name}`);
    byStart.set(type, saga);
  }
  const cancellations = new Set(
    [...byVersion.values()].flatMap(({ cancelledBy }) => cancelledBy?.type ?? []),
  );
  checkCancellations([...byVersion.values()], cancellations, byStart);
  return {
    subject,
    all: [...byVersion.values()],
    startedBy: (type) => byStart.get(type),
    isCancellation: (type) => cancellations.has(type),
    of(saga) {
      const all = [...byVersion.values()];
      const inItsPlace = () => all.find(({ name }) => name === saga.name) ?? all[0];
      const found = byVersion.get(nameOf(saga)) ?? (hasEnded(saga) ? inItsPlace() : undefined);
      if (!found) throw new IncompatibleReleaseError(`this release does not have ${nameOf(saga)}`);
      return found;
    },
  };
}

/**
 * A cancellation is told by its type alone, and finds whichever saga the subject has: each must be cancelled
 * by it or be what it starts. Otherwise the first one who cancels would find out.
 */
function checkCancellations(
  all: readonly SagaDefinition[],
  cancellations: ReadonlySet<string>,
  byStart: ReadonlyMap<string, SagaDefinition>,
): void {
  for (const type of cancellations) {
    if (!byStart.has(type))
      throw new Error(
        `${type} cancels a saga, but none of \`started\` starts on it to undo what was complete`,
      );
    const without = all.find(
      ({ startsOn, cancelledBy }) => startsOn.type !== type && cancelledBy?.type !== type,
    );
    if (without)
      throw new Error(
        `${nameOf(without)} is not cancelled by ${type}, as another of this release is: say \`cancelledBy\` in it too`,
      );
  }
}

export const nameOf = ({ name, version }: { name: string; version: number }): string =>
  `version ${version} of ${name}`;
