/** Which definition moves which saga. A running saga keeps the version that it started with. */
import { UndecidableHere } from '@order-saga/messaging/decision';
import type { SagaDefinition } from './define-saga.ts';

/**
 * What one release of the orchestrator runs. A new version is deployed in one release (`alsoRunning`) and started in the next (`started`), so
 * that during the second every replica, old and new, knows both; the old one stays in `alsoRunning` while sagas of it live.
 */
export type Release = {
  /** Begins new sagas; one per message that starts one. */
  started: readonly SagaDefinition[];
  /** Goes on with sagas that run already, and begins none. */
  alsoRunning: readonly SagaDefinition[];
};

export type Definitions = {
  all: readonly SagaDefinition[];
  /** The definition that the message starts. */
  startedBy(type: string): SagaDefinition | undefined;
  /** Throws UndecidableHere for a version that this release does not have: another release's replica must go on with it. */
  of(saga: { name: string; version: number }): SagaDefinition;
};

/** Throws if two definitions would be started by the same message, or one version is there twice. */
export function definitionsOf({ started, alsoRunning }: Release): Definitions {
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
  return {
    all: [...byVersion.values()],
    startedBy: (type) => byStart.get(type),
    of(saga) {
      const found = byVersion.get(nameOf(saga));
      if (!found) throw new UndecidableHere(`this release does not have ${nameOf(saga)}`);
      return found;
    },
  };
}

export const nameOf = ({ name, version }: { name: string; version: number }): string => `version ${version} of ${name}`;
