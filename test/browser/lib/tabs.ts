/** One page in either browser, for tests that are the same in both: Playwright drives Chromium, Puppeteer a Firefox as it comes (WebDriver BiDi). */
import assert from 'node:assert/strict';
import { launch } from 'puppeteer-core';
import { FIREFOX, launchBrowser } from '../../../scripts/lib/browser.ts';

export interface Tab {
  goto(url: string): Promise<void>;
  /** Of the next pages, before their own scripts. */
  inject(script: string): Promise<void>;
  evaluate<T>(expression: string): Promise<T>;
  /** Until the expression holds: mocha's own limit is how long that may take. */
  until(expression: string): Promise<void>;
  /** Presses the button of this name, as soon as it can be pressed. */
  press(name: string): Promise<void>;
  click(selector: string): Promise<void>;
  fill(selector: string, text: string): Promise<void>;
  choose(selector: string, value: string): Promise<void>;
  /** A key, to what has the focus. */
  key(name: 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown' | 'Escape' | 'Tab'): Promise<void>;
}

/** An expression: the text of the first element there. */
export const textOf = (selector: string): string =>
  `document.querySelector(${JSON.stringify(selector)})?.textContent`;

/** Of the example page: waits for this, or for what went wrong, with which it throws. */
export async function settled(tab: Tab, selector: string): Promise<void> {
  await tab.until(
    `document.querySelector(${JSON.stringify(selector)}) || document.querySelector('.notice.bad')`,
  );
  const bad = await tab.evaluate<string | null>(`${textOf('.notice.bad')} ?? null`);
  assert.equal(bad, null);
}

export interface Driver {
  readonly version: string;
  newTab(): Promise<Tab>;
  close(): Promise<void>;
}

const failed = (error: unknown): void =>
  console.log(`page error: ${error instanceof Error ? error.stack : String(error)}`);

export async function driveChromium(): Promise<Driver> {
  const browser = await launchBrowser();
  return {
    version: `Chromium ${browser.version()}`,
    close: () => browser.close(),
    newTab: async () => {
      const page = await (await browser.newContext()).newPage();
      page.setDefaultTimeout(0);
      page.on('pageerror', failed);
      return {
        goto: async (url) => void (await page.goto(url)),
        inject: async (script) => void (await page.addInitScript(script)),
        evaluate: (expression) => page.evaluate(expression),
        until: async (expression) => void (await page.waitForFunction(expression)),
        press: (name) => page.getByRole('button', { name, exact: true }).click(),
        click: (selector) => page.click(selector),
        fill: (selector, text) => page.fill(selector, text),
        choose: async (selector, value) => void (await page.selectOption(selector, value)),
        key: (name) => page.keyboard.press(name),
      };
    },
  };
}

export async function driveFirefox(): Promise<Driver> {
  const browser = await launch({ browser: 'firefox', executablePath: FIREFOX!, headless: true });
  return {
    version: (await browser.version()).replace('/', ' '),
    close: () => browser.close(),
    newTab: async () => {
      const page = await (await browser.createBrowserContext()).newPage();
      page.setDefaultTimeout(0);
      page.on('pageerror', failed);
      const button = (name: string): string => `::-p-aria([name="${name}"][role="button"])`;
      return {
        goto: async (url) => void (await page.goto(url)),
        inject: async (script) => void (await page.evaluateOnNewDocument(script)),
        evaluate: <T>(expression: string) => page.evaluate(expression) as Promise<T>,
        until: async (expression) => void (await page.waitForFunction(expression)),
        press: (name) => page.locator(button(name)).click(),
        click: (selector) => page.locator(selector).click(),
        fill: (selector, text) => page.locator(selector).fill(text),
        choose: async (selector, value) => void (await page.select(selector, value)),
        key: (name) => page.keyboard.press(name),
      };
    },
  };
}
