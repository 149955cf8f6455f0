import 'react';

declare module 'react' {
  interface CSSProperties {
    /** Custom properties: `--hue`. */
    [property: `--${string}`]: string | number | undefined;
    anchorName?: string;
  }
}
