import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Where the console's server, or the fixture's, answers while the page is worked on: `npx vite console/web`.
 */
const api = process.env['CONSOLE_URL'] ?? 'http://127.0.0.1:4000';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  build: {
    outDir: 'dist',
    // Read by the size test, and by nobody else.
    manifest: true,
    target: 'es2023',
    // Everything is loaded from this host: the page's CSP allows neither data: URLs nor inline code.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { host: '127.0.0.1', proxy: { '/api': api } },
});
