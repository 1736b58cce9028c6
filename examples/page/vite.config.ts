import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { wattest } from 'wattest/vite';

export default defineConfig({
  // Headers of cross-origin isolation, without which proving has one thread.
  plugins: [react(), wattest({ headersFile: true })],
  // Relative, so that the build can lie in any folder of a site.
  base: './',
  // React, viem and the registry's ABI are a chunk of 800 kB, some 250 when it is sent.
  build: { chunkSizeWarningLimit: 1000 },
});
