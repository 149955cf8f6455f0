/** The console's own figures, in Prometheus' text format. */
export type Figure = { name: string; help: string; kind: 'counter' | 'gauge'; value: number | undefined };

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** A figure that is not known is absent. */
export function metricsText(figures: readonly Figure[]): string {
  const lines = figures.flatMap(({ name, help, kind, value }) =>
    value === undefined || !Number.isFinite(value)
      ? []
      : [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`, `${name} ${value}`],
  );
  return `${lines.join('\n')}\n`;
}
