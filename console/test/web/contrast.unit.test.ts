/**
 * WCAG 2.2: 1.4.3 (text, 4.5:1) and 1.4.11 (shapes and controls, 3:1), computed from the tokens, in both
 * themes.
 */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

const SRC = path.join(import.meta.dirname, '../../web/src');
const css = readFileSync(path.join(SRC, 'styles/tokens.css'), 'utf8');

type Theme = 'light' | 'dark';
const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, { light, dark }],
  ),
);

const SURFACES = ['page', 'surface', 'sunken', 'raised'];
const TONES = ['good', 'busy', 'undone', 'bad'];
const HUES = [0, 1, 2, 3, 4, 5].map((n) => `hue-${n}`);

/** Which stands on which. */
const TEXT: [string, string][] = [
  ...['text', 'muted', 'accent'].flatMap((name) => SURFACES.map((on): [string, string] => [name, on])),
  ...TONES.flatMap((name): [string, string][] => [
    [name, `${name}-soft`],
    [name, 'surface'],
    [name, 'page'],
    [name, 'sunken'],
  ]),
  ...['accent', ...TONES].flatMap((soft) =>
    ['text', 'muted'].map((name): [string, string] => [name, `${soft}-soft`]),
  ),
  ['accent', 'accent-soft'],
  ['on-accent', 'accent'],
];
const SHAPES: [string, string][] = [
  ...SURFACES.flatMap((on): [string, string][] => [
    ['edge', on],
    ['accent', on],
  ]),
  ...HUES.flatMap((hue): [string, string][] => [
    [hue, 'surface'],
    [hue, 'page'],
    [hue, 'sunken'],
    [hue, 'accent-soft'],
  ]),
];

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function ratio(a: string, b: string, theme: Theme): number {
  const [one, other] = [a, b].map((name) => {
    const token = tokens.get(name);
    assert.ok(token, `there is no colour --${name}`);
    return luminance(token[theme]);
  });
  const [high = 0, low = 0] = [one ?? 0, other ?? 0].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

describe('contrast', () => {
  for (const theme of ['light', 'dark'] as const) {
    it(`of every text on what it stands is 4.5:1, ${theme}`, () => {
      const weak = TEXT.filter(([a, b]) => ratio(a, b, theme) < 4.5);
      assert.deepEqual(
        weak.map(([a, b]) => `${a} on ${b}: ${ratio(a, b, theme).toFixed(2)}`),
        [],
      );
    });

    it(`of every shape, border and focus on what it stands is 3:1, ${theme}`, () => {
      const weak = SHAPES.filter(([a, b]) => ratio(a, b, theme) < 3);
      assert.deepEqual(
        weak.map(([a, b]) => `${a} on ${b}: ${ratio(a, b, theme).toFixed(2)}`),
        [],
      );
    });
  }

  it('is computed for every colour that there is', () => {
    const used = new Set([...TEXT, ...SHAPES].flat());
    assert.deepEqual(
      [...tokens.keys()].filter((name) => !used.has(name)),
      ['line'],
    );
  });

  it('has no colour to miss: they stand in one file', () => {
    for (const file of globSync('**/*.{css,tsx}', { cwd: SRC })) {
      if (file.endsWith('tokens.css')) continue;
      const text = readFileSync(path.join(SRC, file), 'utf8').replace(/dialog::backdrop \{[^}]*\}/, '');
      assert.doesNotMatch(text, /#[0-9a-f]{6}\b|rgb\(|hsl\(|oklch\(/i, file);
    }
  });
});
