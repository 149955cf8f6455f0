/** A file in which the services are named, and what is said of each of them there. */
import type { Service } from '@order-saga/contracts/system';

export type Described = Pick<Service, 'port' | 'needs' | 'settings'> & Partial<Pick<Service, 'after'>>;
export type Services = Readonly<Record<string, Described>>;

export type Place = {
  /** From the root of the project. */
  file: string;
  write(text: string, services: Services): string;
};
