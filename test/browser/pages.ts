/**
 * A headless Chromium that comes with the development dependencies: nothing has to be installed, and nobody's own is used. Its
 * package is for Linux on x86-64. Elsewhere, set CHROMIUM to the path of one; where neither is there, tests say so and fail.
 */
import chromium from "@sparticuz/chromium";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

/** A page, and what went wrong on it or was loaded from anywhere. */
interface Watched {
  readonly page: Page;
  readonly errors: readonly string[];
  readonly requests: readonly string[];
}

export async function launch(): Promise<Browser> {
  const own = process.env.CHROMIUM;
  try {
    const executablePath = own ?? (await chromium.executablePath());
    return await puppeteer.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"], headless: "shell" });
  } catch (error) {
    const hint = `Chromium did not start. It comes with npm ci for Linux on x86-64; elsewhere set CHROMIUM to the path of one (Debian: apt-get install chromium, then CHROMIUM=/usr/bin/chromium).`;
    throw new Error(hint, { cause: error });
  }
}

/** Opens a file as a reader with such a window and such colours has it. */
export async function open(browser: Browser, file: string, width: number, scheme: "light" | "dark"): Promise<Watched> {
  const page = await browser.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.setViewport({ width, height: 844, deviceScaleFactor: 1 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(`file://${file}`);
  return { page, errors, requests };
}
