/** A call to the outside that was given up is parked as if it had come from a topic that is called so. */
const EFFECT = 'effect.';

export const effectTopic = (kind: string): string => `${EFFECT}${kind}`;

export const isEffect = (topic: string): boolean => topic.startsWith(EFFECT);

/** @param topic one of an effect */
export const effectKind = (topic: string): string => topic.slice(EFFECT.length);
