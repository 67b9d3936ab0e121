import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const backend = process.env['VIVA_BACKEND'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [svelte()],
  build: {
    outDir: '../backend/web/page',
    emptyOutDir: true,
    // The content security policy allows no data: fonts, so every asset stays a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': backend } },
  test: { include: ['tests/**/*.test.ts'], environment: 'node' },
});
