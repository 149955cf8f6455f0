/** Which components a stack has, and which ports they use. */
import { CONSOLE, SERVICES, type ServiceName, SYSTEM } from '@order-saga/contracts/system';
import { claimPort, keepFreePort } from './ports.ts';
import { StackError } from './stack-error.ts';

export type Ports = {
  postgres: number;
  kafka: number;
  kafkaController: number;
  psp: number;
  identity: number;
  smtp: number;
  mail: number;
  /** Undefined: it is left out. */
  console: number | undefined;
  /** One per replica. */
  services: Record<ServiceName, number[]>;
};

const DEFAULTS = {
  postgres: 15432,
  kafka: 19092,
  kafkaController: 19093,
  psp: 4010,
  identity: 4020,
  smtp: 1025,
  mail: 8025,
};
/** The second replica of the order service listens on 4101. */
const REPLICA_STEP = 100;

/**
 * The documented ports, or with `ephemeral` free ones; kept until they are let go (ports.ts). Throws in one
 * line if a documented one is taken.
 *
 * @param claimed a documented port, once nobody uses it
 */
export async function planPorts(
  {
    ephemeral,
    replicas,
    without = [],
  }: { ephemeral: boolean; replicas: number; without?: readonly Optional[] | undefined },
  claimed = claimPort,
): Promise<Ports> {
  const pick = (component: string, port: number) => (ephemeral ? keepFreePort() : claimed(component, port));
  // What is started last first: its ports are kept longest. Another stack that starts meanwhile is refused at
  // the first of them, and takes none that was let go a moment ago for what is being started.
  const console = without.includes(CONSOLE.name) ? undefined : await pick(CONSOLE.name, CONSOLE.port);
  const services = {} as Record<ServiceName, number[]>;
  for (const service of SERVICES) {
    services[service] = [];
    for (let replica = 0; replica < replicas; replica++) {
      services[service].push(await pick(service, SYSTEM[service].port + replica * REPLICA_STEP));
    }
  }
  const infrastructure = {
    postgres: await pick('postgres', DEFAULTS.postgres),
    kafka: await pick('kafka', DEFAULTS.kafka),
    kafkaController: await pick('kafka', DEFAULTS.kafkaController),
    psp: await pick('psp', DEFAULTS.psp),
    identity: await pick('identity', DEFAULTS.identity),
    smtp: await pick('mail', DEFAULTS.smtp),
    mail: await pick('mail', DEFAULTS.mail),
  };
  return { ...infrastructure, console, services };
}

/** What can be left out of a stack: no order needs it. */
export type Optional = typeof CONSOLE.name;

/** What `--without` names. Throws a StackError in words at what cannot be left out. */
export function leftOut(names: readonly string[] = []): Optional[] {
  const others = names.filter((name) => name !== CONSOLE.name);
  if (others.length > 0) throw new StackError('--without', `only ${CONSOLE.name} can be left out`);
  return names.map(() => CONSOLE.name);
}
