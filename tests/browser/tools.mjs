// What every file here leans on: the browser, axe-core, and a list of what did not hold.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const TARGET = resolve(process.env.CARGO_TARGET_DIR ?? join(ROOT, "target"));

const require = createRequire(join(TARGET, "browser/package.json"));
const { chromium } = require("playwright-core");
export const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

// How long one thing may take, in milliseconds.
export const PATIENCE_MS = 30_000;

const found = [];
let held = 0;

/** Counts what holds and keeps what does not. */
export function expect(truth, what) {
  if (truth) {
    held += 1;
  } else {
    found.push(what);
    console.error(`  does not hold: ${what}`);
  }
  return truth;
}

/** How many things held, and what did not. */
export const judged = () => ({ held, found });

/** Looks again and again until something holds. */
export async function until(what, look) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > end) throw new Error(`in ${PATIENCE_MS / 1000} s it did not happen that ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

/** Debian's browser, or the one that ALLMENDE_CHROMIUM names. */
export function launch() {
  return chromium.launch({
    executablePath: process.env.ALLMENDE_CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A context that keeps watch: nothing from elsewhere, no cookie, no complaint of the browser. */
export async function watched(browser, name, options = {}) {
  const context = await browser.newContext({ locale: "de-DE", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const seen = { foreign: new Set(), complaints: new Set() };
  context.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== "data:" && hostname !== "127.0.0.1") seen.foreign.add(request.url());
  });
  context.on("console", (message) => {
    // A page that answers 404 or 410 on purpose is no complaint.
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) {
      seen.complaints.add(`${message.page()?.url()}: ${message.text()}`);
    }
  });
  const close = async () => {
    const cookies = await context.cookies();
    expect(seen.foreign.size === 0, `${name}: nothing is loaded from elsewhere (${[...seen.foreign]})`);
    expect(seen.complaints.size === 0, `${name}: the browser has no complaint (${[...seen.complaints]})`);
    const readers = cookies.filter((cookie) => cookie.path !== "/desk");
    expect(readers.length === 0, `${name}: no cookie is set (${readers.map((cookie) => cookie.name)})`);
    await context.close();
  };
  return { context, close };
}
