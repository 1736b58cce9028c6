/** Builds of pages that say what they were warned of: a page of this repository, and of who follows it, is built without a warning. */
import { build, createLogger, type InlineConfig } from 'vite';

/** @returns what the bundler warns of */
export async function buildPage(config: InlineConfig): Promise<readonly string[]> {
  const warnings: string[] = [];
  const logger = createLogger('warn', { allowClearScreen: false });
  logger.warn = logger.warnOnce = (message) => warnings.push(message);
  await build({
    ...{ ...config, logLevel: 'warn', customLogger: logger },
    // Of a slow machine, and of "use client" in libraries, which is for servers (the plugin of React leaves it out, too): neither says anything of the page.
    build: {
      ...config.build,
      rolldownOptions: {
        ...config.build?.rolldownOptions,
        checks: { pluginTimings: false, moduleLevelDirective: false },
      },
    },
  });
  return warnings;
}
