import type { Backoff } from '@sagakit/resilience/retry';
import type { z } from 'zod';
import type { MessageContext } from '../to-envelope.ts';

/**
 * A call to the outside, decided now, made after the commit. `request` is JSON. Made by its declaration.
 */
export type Effect<K extends string = string, R = unknown> = {
  kind: K;
  request: R;
  /**
   * A later decision may cancel it while it waits: it is marked in the database before it is called, which
   * costs a write.
   */
  cancellable?: true;
  /** The message that asked for it, where that is not the one being decided about. */
  cause?: MessageContext;
};

/**
 * A kind of call to the outside: stored under `kind`; its result comes back through the batch path as an
 * input of `resultType`.
 */
export type EffectDeclaration<K extends string = string, Request = unknown, Result = unknown> = {
  readonly kind: K;
  readonly request: z.ZodType<Request>;
  readonly result: z.ZodType<Result>;
  /** The name of the result in logs, metrics and traces. */
  readonly resultType: string;
  readonly cancellable: boolean;
};

export type CallContext = {
  /** The aggregate's key. */
  subject: string;
  /** Aborted when `timeoutMs` is over, so that the call can give back what it holds. */
  signal: AbortSignal;
  /** To be sent along by HTTP: the trace goes on on the other side. */
  headers: { traceparent: string };
};

type Call<Request, Result> = (request: Request, context: CallContext) => Promise<Result>;

/** One call with its request; gives the result. */
export type PreparedCall = (context: CallContext) => Promise<unknown>;

type Attempts = {
  /**
   * Milliseconds. When they are over the call has failed, whether or not it heeds its signal: its place goes
   * to another, and it is made again after the back-off. One that does not heed the signal may still be under
   * way beside the next, and succeed late. That result is lost, so a call must do no harm if it is made
   * twice: by the same idempotency key each time, for instance the subject.
   */
  timeoutMs: number;
  backoff: Backoff;
  /** Money: undefined, retried for ever. Else the effect is parked after so many calls. */
  maxAttempts?: number;
};

/** Who makes the calls of one kind. */
export type EffectHandler = Attempts & {
  effect: EffectDeclaration;
  /**
   * Reads a request as it is stored; gives the call. Throws if the request does not fit its schema, and the
   * call if its result does not: what says nothing of the other side is known before it is asked.
   */
  prepare(stored: unknown): PreparedCall;
};

/** Calling it decides the call: `decide(state, [], [ring({ bell })])`. */
export type EffectDefinition<K extends string, Request, Result> = ((request: Request) => Effect<K, Request>) &
  EffectDeclaration<K, Request, Result> & {
    /**
     * The adapter that makes the calls.
     *
     * @param adapter.call throws if the outcome is not known or may be better next time: then the call is
     * made again. What it throws goes into logs, traces and rows: it must quote nothing of the request that
     * is personal or secret, nor an answer that may
     */
    handledBy(adapter: Attempts & { call: Call<Request, Result> }): EffectHandler;
  };

/**
 * Declares a kind of call to the outside, once: for the decision that asks for it, the adapter that makes it,
 * and the decision about its result. Requests are stored and read by other releases: a change of `request`
 * must read what is stored.
 *
 * @param options.cancellable a later decision may take it back while nobody has started it (see
 * Context.notStarted)
 * @param options.resultType default: `ring` gives `RingAnswered`
 */
export function effect<K extends string, Request, Result>(
  kind: K,
  request: z.ZodType<Request>,
  result: z.ZodType<Result>,
  { cancellable = false, resultType = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}Answered` } = {},
): EffectDefinition<K, Request, Result> {
  const make = (asked: Request): Effect<K, Request> => ({
    kind,
    request: asked,
    ...(cancellable ? { cancellable } : {}),
  });
  const declaration = { kind, request, result, resultType, cancellable };
  return Object.assign(make, {
    ...declaration,
    handledBy: ({ call, ...attempts }: Attempts & { call: Call<Request, Result> }): EffectHandler => ({
      ...attempts,
      effect: declaration,
      // What is stored may be of another release: its shape is checked, and a result's too, since it will be
      // decided about.
      prepare(stored) {
        const { data: asked, error } = request.safeParse(stored);
        if (error) {
          const words = `this release cannot read the stored request: ${error.message}`;
          throw new Error(words, { cause: error });
        }
        return async (context) => result.parse(await call(asked, context));
      },
    }),
  });
}
