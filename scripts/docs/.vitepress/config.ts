/** VitePress: pages lie in build/docs/pages, the navigation is made of docs/README.md (scripts/docs/site.ts). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitepress';
import type { Group } from '../pages.ts';
import { githubSlug } from '../slug.ts';

/** Folder of this build. */
const BUILD = process.env.WATTEST_DOCS_BUILD!;

const groups = JSON.parse(readFileSync(join(BUILD, 'navigation.json'), 'utf8')) as readonly Group[];
const linkOf = (place: string): string => `/${place.replace(/(index)?\.md$/, '')}`;
const base = process.env.WATTEST_DOCS_BASE ?? '/';

export default defineConfig({
  base,
  lang: 'en-GB',
  title: 'wattest',
  description:
    'Run a WebAssembly program, prove the run in zero knowledge, and let a contract rely on the result.',
  // Addresses of what somebody starts.
  ignoreDeadLinks: 'localhostLinks',
  srcDir: join(BUILD, 'pages'),
  cacheDir: join(BUILD, 'vitepress'),
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}logo.svg` }]],
  markdown: {
    anchor: { slugify: githubSlug },
    theme: { light: 'github-light', dark: 'github-dark' },
    languageAlias: { wat: 'wasm' },
  },
  // The chunks of search and of long pages are as large as their texts.
  vite: {
    build: { chunkSizeWarningLimit: 4096 },
    publicDir: join(process.cwd(), 'public'),
    logLevel: 'warn',
  },
  themeConfig: {
    logo: '/logo.svg',
    outline: { level: [2, 3] },
    nav: [
      { text: 'Five minutes', link: '/tutorial' },
      { text: 'Which page', link: '/which-page' },
      {
        text: 'Reference',
        items: groups
          .find(({ text }) => text === 'Reference')!
          .items.slice(0, 3)
          .map(({ text, place }) => ({ text, link: linkOf(place) })),
      },
      { text: 'Errors', link: '/errors' },
      { text: 'Compared', link: '/comparison' },
    ],
    sidebar: [
      { text: 'Which page do I need', link: '/which-page' },
      ...groups.map(({ text, items }, i) => ({
        text,
        collapsed: i > 0,
        items: items.map((item) => ({ text: item.text, link: linkOf(item.place) })),
      })),
    ],
    search: {
      provider: 'local',
      options: {
        detailedView: true,
        miniSearch: {
          searchOptions: {
            // What explains goes before what lists, and that before what is history. It runs in the page, where nothing of this file is,
            // and VitePress loses backslashes on the way.
            boostDocument: (id: string): number => {
              if (['/errors.', '/reference/commands.'].some((place) => id.includes(place))) return 3;
              const lists = ['/reference/api/', '/decisions/', '/changelog.', '/losses.', '/chips.'];
              return lists.some((place) => id.includes(place)) ? 0.4 : 1;
            },
          },
        },
      },
    },
    footer: { message: 'Apache-2.0' },
  },
});
