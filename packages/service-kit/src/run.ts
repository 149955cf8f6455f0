import { ConfigError } from './config.ts';
import type { RunningService } from './service.ts';
import type { Telemetry } from './telemetry.ts';

/** Longer than any stop takes when nothing is wrong; then the supervisor's SIGKILL would come anyway. */
const STOP_WITHIN_MS = 9_500;

/** Runs a service until SIGTERM or SIGINT. Exit code 1: the supervisor should start it again. */
export async function runService(
  start: (options: { onDead: (error: Error) => void }) => Promise<RunningService>,
  telemetry: Telemetry,
): Promise<void> {
  let service: RunningService | undefined;
  let ending = false;

  async function end(code: number): Promise<void> {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(code || 1), STOP_WITHIN_MS).unref();
    await service?.stop().catch((error) => service?.log.error({ err: error }, 'did not stop cleanly'));
    await telemetry.stop().catch(() => {});
    process.exit(code);
  }

  process.on('SIGTERM', () => void end(0));
  process.on('SIGINT', () => void end(0));
  process.on('unhandledRejection', (error) => {
    service?.log.fatal({ err: error }, 'unhandled rejection');
    void end(1);
  });
  process.on('uncaughtException', (error) => {
    if (service) service.log.fatal({ err: error }, 'uncaught exception');
    else console.error(error);
    void end(1);
  });
  try {
    service = await start({
      onDead(error) {
        service?.log.fatal({ err: error }, 'cannot go on; a new process should');
        void end(1);
      },
    });
  } catch (error) {
    console.error(error instanceof ConfigError ? error.message : error);
    process.exit(1);
  }
}
