/**
 * What the gateway leads to, and from which port: as contracts/src/system.ts says, which is not in its image.
 */
export const SERVICES = {
  // >>> services (npm run system)
  order: 4001,
  payment: 4002,
  inventory: 4003,
  notification: 4004,
  'saga-orchestrator': 4005,
  // <<< services
} as const;
export type Service = keyof typeof SERVICES;
export const NAMES = Object.keys(SERVICES) as Service[];

/** Where each replica listens, and where the gateway says how it is itself. */
export const SERVICE_PORT = 8080;
