/** The path of a sparkline over a box of `width` by `height`. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  if (values.length < 2) return '';
  const most = Math.max(1, ...values);
  const at = (value: number, i: number) =>
    `${((i / (values.length - 1)) * width).toFixed(1)},${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`;
  return `M${values.map(at).join(' L')}`;
}
