import { up } from './stack/launch.ts';
const s = await up({ ephemeral: true, replicas: 1, jit: 'c1', infrastructureOnly: true }, console.log);
const c=(n:string)=>s.components.find(x=>x.name===n)!;
console.log(`export STACK_DIR=${process.env.STACK_DIR} TEST_POSTGRES_URL=${c('postgres').url} TEST_KAFKA_BROKERS=${c('kafka').brokers!.join()} TEST_DATABASES='${JSON.stringify(c('postgres').databases)}'`);
process.exit(0);
