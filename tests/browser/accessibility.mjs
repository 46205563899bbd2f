// Accessibility of every view: axe-core in four lights, reflow at 400 % zoom, page weight, and no JavaScript needed.
import { checked, enter } from "./desk.mjs";
import { AXE, expect, watched } from "./tools.mjs";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
// What a page may weigh on its way, in bytes, without fonts.
const PAGE_BYTES_MAX = 120_000;

export const DESK = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
// 1280 pixels at 400 % zoom (WCAG 2.2, 1.4.10).
const ZOOMED = { width: 320, height: 256 };

const LIGHTS = [
  ["light", DESK, { colorScheme: "light", forcedColors: "none" }],
  ["dark", DESK, { colorScheme: "dark", forcedColors: "none" }],
  ["forced colours", DESK, { colorScheme: "light", forcedColors: "active" }],
  ["phone", PHONE, { colorScheme: "light", forcedColors: "none" }],
];

/** Judges all views in parallel pages of one browser. */
export async function accessible(browser, federation, publisher, views, workers = 2) {
  const { context, close } = await watched(browser, "accessibility");
  await enter(context, federation, publisher);
  const left = Object.entries(views);
  const work = async () => {
    const page = await context.newPage();
    for (let view = left.shift(); view; view = left.shift()) {
      await judge(page, view[0], federation.at(publisher, view[1]));
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  if (views["desk-form-solution"]) {
    const page = await context.newPage();
    await checked(page, federation.at(publisher, views["desk-form-solution"]));
    await look(page, "desk-form-solution with errors");
  }
  await close();
}

/** Judges one view in all lights, and at 400 % zoom. */
export async function judge(page, name, address) {
  await page.setViewportSize(DESK);
  await page.emulateMedia(LIGHTS[0][2]);
  await page.goto(address, { waitUntil: "load" });
  await look(page, name);
}

/** Judges the page that is open. */
async function look(page, name) {
  await page.evaluate(AXE);
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await page.keyboard.press("Tab");
  const unseen = await page.evaluate(() => {
    const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
    return [...document.querySelectorAll(wanted)].filter((one) => {
      one.focus({ preventScroll: true });
      const { outlineStyle, outlineWidth } = getComputedStyle(one);
      const marked = (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || one.closest("svg");
      return document.activeElement === one && one.tabIndex === 0 && !marked;
    }).map((one) => one.outerHTML.slice(0, 120));
  });
  expect(unseen.length === 0, `${name}: the focus is seen on everything that can have it (${unseen.slice(0, 3).join(" | ")})`);
  for (const [light, size, media] of LIGHTS) {
    await page.setViewportSize(size);
    await page.emulateMedia(media);
    const found = await page.evaluate((rules) => window.axe.run({ runOnly: rules, resultTypes: ["violations"] }), RULES);
    const wrong = found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`);
    expect(wrong.length === 0, `${name} in ${light}: ${wrong.join("\n    ")}`);
  }
  await page.setViewportSize(ZOOMED);
  const wide = await page.evaluate(() => {
    const root = document.scrollingElement;
    if (root.scrollWidth <= root.clientWidth) return "";
    const culprits = [...document.querySelectorAll("main *")].filter((one) => {
      const box = one.getBoundingClientRect();
      return box.right > root.clientWidth + 1 && !one.closest(".table, pre, .kern-sr-only");
    });
    return `${root.scrollWidth} px: ${culprits.slice(0, 3).map((one) => one.outerHTML.slice(0, 120)).join(" | ")}`;
  });
  expect(wide === "", `${name}: at 400 % zoom nothing scrolls sideways (${wide})`);
}

/** What each page weighs on its way with an empty cache, fonts not counted. */
export async function light(browser, federation, publisher, views) {
  const { context, close } = await watched(browser, "weight");
  await enter(context, federation, publisher);
  const page = await context.newPage();
  const wire = await context.newCDPSession(page);
  await wire.send("Network.enable");
  await wire.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  const fonts = new Set();
  wire.on("Network.responseReceived", ({ requestId, type }) => type === "Font" && fonts.add(requestId));
  wire.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    if (!fonts.has(requestId)) bytes += encodedDataLength;
  });
  let heaviest = ["", 0];
  for (const [name, path] of Object.entries(views)) {
    bytes = 0;
    await page.goto(federation.at(publisher, path), { waitUntil: "load" });
    expect(bytes > 0 && bytes < PAGE_BYTES_MAX, `${name} weighs ${bytes} bytes, at most ${PAGE_BYTES_MAX}`);
    if (bytes > heaviest[1]) heaviest = [name, bytes];
  }
  await close();
  return heaviest;
}

/** Every view says the same where JavaScript is off. */
export async function plain(browser, federation, publisher, views) {
  const { context, close } = await watched(browser, "no JavaScript", { javaScriptEnabled: false });
  await enter(context, federation, publisher);
  const page = await context.newPage();
  for (const [name, path] of Object.entries(views)) {
    const answer = await page.goto(federation.at(publisher, path), { waitUntil: "load" });
    const right = name === "lost" ? answer.status() === 404 : answer.status() === 200;
    const heading = await page.locator("h1").innerText();
    expect(right && heading.trim() !== "", `${name} is whole without JavaScript (${answer.status()})`);
  }
  await close();
}
