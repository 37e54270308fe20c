/**
 * A headless Chromium that comes with the development dependencies: nothing has to be installed, and nobody's own is used. Its
 * package is for Linux on x86-64. Elsewhere, set CHROMIUM to the path of one; where neither is there, tests say so and fail.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
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

/** Opens a page as a reader with such a window and such colours has it. */
export async function open(
  browser: Browser,
  url: string | URL,
  width: number = 1280,
  scheme: "light" | "dark" = "light",
): Promise<Watched> {
  const page = await browser.newPage();
  const errors: string[] = [];
  const requests: string[] = [];
  page.on("console", (message) => errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  await page.setViewport({ width, height: 844, deviceScaleFactor: 1 });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await page.goto(String(url));
  return { page, errors, requests };
}

/** What a page needs to be sent with to have shared memory. */
export const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};
const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };

/** Serves a folder until `close`, every file with these headers. */
export async function serve(folder: string, headers: Readonly<Record<string, string>>) {
  const server = createServer(async ({ url = "/" }, response) => {
    const file = path.join(folder, url === "/" ? "index.html" : url);
    const text = await readFile(file).catch(() => undefined);
    response.writeHead(text === undefined ? 404 : 200, {
      "Content-Type": TYPES[path.extname(file)] ?? "text/plain",
      ...headers,
    });
    response.end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}
