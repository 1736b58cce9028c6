import type { NextConfig } from 'next';
import { ISOLATION_HEADERS } from 'wattest/vite';

const config: NextConfig = {
  // Cross-origin isolation, without which proving has one thread: of the page and of the worker's file.
  headers: async () => [
    {
      source: '/:path*',
      headers: Object.entries(ISOLATION_HEADERS).map(([key, value]) => ({ key, value })),
    },
  ],
  // tsconfig.json is that of the contracts and their tests.
  typescript: { tsconfigPath: 'tsconfig.page.json' },
};

export default config;
