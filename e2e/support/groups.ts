import { SERVICES, type ServiceName, SYSTEM, type Topic } from '@order-saga/contracts/system';

/** Which topics each service reads: its consumer group has its name. */
export const GROUPS = Object.fromEntries(
  SERVICES.map((service) => [service, SYSTEM[service].reads]),
) as Readonly<Record<ServiceName, readonly Topic[]>>;
