import { readConfig, ServiceConfig } from '@sagakit/service-kit/config';

export type Config = ServiceConfig;

export const config = (environment: NodeJS.ProcessEnv): Config => readConfig(ServiceConfig, environment);
