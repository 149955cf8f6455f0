export type Mechanism = {
  /** The row of docs/reliability.md. */
  failure: string;
  mechanism: string;
  file: string;
  /** Exactly one place in the file; `paste` stands there instead. */
  cut: string;
  paste: string;
  test: {
    kind: 'unit' | 'integration' | 'e2e';
    file: string;
    /** Part of the test's name; left out: all of the file. */
    name?: string;
  };
};

export const unit = (file: string) => ({ kind: 'unit' as const, file });
export const integration = (file: string, name?: string) => ({
  kind: 'integration' as const,
  file,
  ...(name === undefined ? {} : { name }),
});
export const e2e = (file: string, name: string) => ({ kind: 'e2e' as const, file, name });

/** Tests that several mechanisms are proved by. */
export const PROCESSOR = integration('packages/messaging/test/inbox/processor.integration.test.ts');
export const RELAY = integration('packages/messaging/test/outbox/relay.integration.test.ts');
export const LETTERS = integration('packages/messaging/test/dead-letters/dead-letters.integration.test.ts');
