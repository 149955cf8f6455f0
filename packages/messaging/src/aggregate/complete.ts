import type { MessageDefinition } from '@sagakit/messages/define';
import type { Catalogue } from '@sagakit/messages/catalogue';
import type { EffectDeclaration } from '../effects/effect.ts';
import type { Aggregate } from './unit.ts';

/**
 * Throws, naming each, if a service that is put together so would swallow something: a command on its topic
 * (`<name>.commands`, or one that another of its commands is on) that no aggregate handles, a call that
 * nobody makes or whose result nobody decides about, an input that two handle.
 *
 * @param results the calls whose results the aggregates decide about
 * @param called the calls that an adapter makes
 */
export function assertComplete({
  name,
  catalogue,
  aggregates,
  results,
  called,
}: {
  name: string;
  catalogue: Catalogue;
  aggregates: readonly Aggregate[];
  results: readonly EffectDeclaration[];
  called: readonly EffectDeclaration[];
}): void {
  const handles = aggregates.flatMap((aggregate) => aggregate.handles);
  const handled = new Set(handles.map(({ type }) => type));
  const isCommand = ({ kind }: MessageDefinition) => kind === 'command';
  const ownTopics = new Set([`${name}.commands`, ...handles.filter(isCommand).map(({ topic }) => topic)]);
  const unhandled = [...catalogue.messages.values()].filter(
    (definition) => isCommand(definition) && ownTopics.has(definition.topic) && !handled.has(definition.type),
  );
  const inputs = aggregates.flatMap((aggregate) => [
    ...aggregate.handles.map(({ type }) => type),
    ...(aggregate.local ?? []),
  ]);
  const without = (some: readonly EffectDeclaration[], others: readonly EffectDeclaration[]) =>
    some.map(({ kind }) => kind).filter((kind) => others.every((other) => other.kind !== kind));
  const problems = [
    ...unhandled.map(({ type }) => `no aggregate handles the command ${type}`),
    ...without(results, called).map((kind) => `nobody makes the call '${kind}'`),
    ...without(called, results).map((kind) => `nobody decides about the result of the call '${kind}'`),
    ...[...new Set(inputs)]
      .filter((type) => inputs.indexOf(type) !== inputs.lastIndexOf(type))
      .map((type) => `two aggregates handle ${type}`),
  ];
  if (problems.length > 0) throw new Error(`the service ${name} is not complete: ${problems.join('; ')}`);
}
