/**
 * The system, written down once. Whatever else needs to know which services there are is made of this file
 * (by import, or written by `npm run system`) or compared with it by tools/system/system.unit.test.ts: a
 * service that is missing anywhere fails a test.
 */

/** What stands outside and is called, and the setting that says where it is. */
export const OUTSIDE = { psp: 'PROVIDER_URL', smtp: 'SMTP_URL' } as const;
export type Outside = keyof typeof OUTSIDE;

/**
 * Settings of services that are said for a whole stack, by who starts it: in containers with this value,
 * unless the shell says another.
 */
export const STACK_SETTINGS: Readonly<Record<string, string>> = {
  STEP_DEADLINE_MS: '120000',
  ORDERS_PER_MINUTE: '6000',
};

type Declared = {
  /** Where it is found on a developer's machine. */
  port: number;
  /**
   * Who alone may write to its `<name>.commands`, which it reads; left out: nobody tells it what to do, and
   * there is no such topic.
   */
  commandedBy?: string;
  /** Where its events are, if not in `<name>.events`. Its dead letters are copied to `<name>.dlq`. */
  events?: string;
  /**
   * A topic that holds the newest state of each of its things for ever, so that a new reader can build its
   * copy from it alone.
   */
  states?: string;
  /**
   * A topic by order for personal data alone. It holds what was said last of each order, for ever or until it
   * is taken back, and nobody reads it but who says so here (and the console).
   */
  personal?: string;
  /** Others' topics that it reads. */
  reads?: readonly string[];
  /**
   * Those that must be of the new release before it is (and of the old one after it): it writes what only
   * they can read. Said by the release that changes something of that kind.
   */
  after?: readonly string[];
  needs?: readonly Outside[];
  /**
   * Its own settings, beside those that every service has (packages/service-kit/src/config.ts) and those of
   * `needs`.
   */
  settings?: readonly string[];
};

const services = {
  order: {
    port: 4001,
    commandedBy: 'saga-orchestrator',
    personal: 'order.contacts',
    reads: ['inventory.products'],
    // OrderPlaced has no contact any more: these can read it, and know where contacts are.
    after: ['notification', 'saga-orchestrator'],
    settings: ['IDEMPOTENCY_KEY_AGE_MS', 'ORDERS_PER_MINUTE'],
  },
  payment: {
    port: 4002,
    commandedBy: 'saga-orchestrator',
    needs: ['psp'],
    settings: ['PROVIDER_CONCURRENCY', 'PROVIDER_TIMEOUT_MS'],
  },
  inventory: {
    port: 4003,
    commandedBy: 'saga-orchestrator',
    states: 'inventory.products',
  },
  notification: {
    port: 4004,
    reads: ['order.events', 'order.contacts'],
    needs: ['smtp'],
    settings: ['MAIL_FROM', 'MAIL_CONCURRENCY'],
  },
  'saga-orchestrator': {
    port: 4005,
    events: 'saga.events',
    reads: ['order.events', 'inventory.events', 'payment.events'],
    settings: ['STEP_DEADLINE_MS'],
  },
} as const satisfies Record<string, Declared>;

type Services = typeof services;
export type ServiceName = keyof Services;

type TopicsOf<N extends ServiceName> =
  | `${N}.dlq`
  | (Services[N] extends { events: infer T extends string } ? T : `${N}.events`)
  | (Services[N] extends { commandedBy: string } ? `${N}.commands` : never)
  | (Services[N] extends { states: infer T extends string } ? T : never)
  | (Services[N] extends { personal: infer T extends string } ? T : never);
/** Every topic of the system. Its settings: topics.ts. */
export type Topic = { [N in ServiceName]: TopicsOf<N> }[ServiceName];

export type Service = {
  readonly port: number;
  readonly commandedBy: ServiceName | undefined;
  /** What it takes commands from, what it writes. */
  readonly topics: {
    readonly commands: Topic | undefined;
    readonly events: Topic;
    readonly states: Topic | undefined;
    readonly personal: Topic | undefined;
    readonly deadLetters: Topic;
  };
  /** All that it reads, its own commands first. */
  readonly reads: readonly Topic[];
  readonly after: readonly ServiceName[];
  readonly needs: readonly Outside[];
  readonly settings: readonly string[];
};

const complete = (name: string, declared: Declared): Service => {
  const commands = declared.commandedBy && `${name}.commands`;
  return {
    port: declared.port,
    commandedBy: declared.commandedBy as ServiceName | undefined,
    topics: {
      commands: commands as Topic | undefined,
      events: (declared.events ?? `${name}.events`) as Topic,
      states: declared.states as Topic | undefined,
      personal: declared.personal as Topic | undefined,
      deadLetters: `${name}.dlq` as Topic,
    },
    reads: [...(commands ? [commands] : []), ...(declared.reads ?? [])] as Topic[],
    after: (declared.after ?? []) as ServiceName[],
    needs: declared.needs ?? [],
    settings: declared.settings ?? [],
  };
};

export const SYSTEM = Object.fromEntries(
  Object.entries(services).map(([name, declared]) => [name, complete(name, declared)]),
) as Readonly<Record<ServiceName, Service>>;

export const SERVICES = Object.keys(SYSTEM) as ServiceName[];

/**
 * What shows people what the services did (docs/console.md). It reads every topic and no service knows of it,
 * so it is none of SERVICES.
 */
export const CONSOLE = { name: 'console', port: 4000 } as const;

/** How many must be exchanged before it, each waiting for the one before. */
const waitsFor = (name: ServiceName): number =>
  Math.max(0, ...SYSTEM[name].after.map((other) => 1 + waitsFor(other)));

/**
 * In which order services are exchanged for those of the next release; backwards for those of the one before.
 */
export const EXCHANGED: readonly ServiceName[] = SERVICES.toSorted((a, b) => waitsFor(a) - waitsFor(b));

/** Whose tables are made by the role that works with them: the console makes schemas while it runs. */
export const ONE_ROLE: readonly string[] = [CONSOLE.name];

/** Whoever has a database of their own. */
export const DATABASE_OWNERS: readonly string[] = [...SERVICES, ...ONE_ROLE];
