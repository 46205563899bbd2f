// Screenshots for people: every view wide and on a phone, light and dark.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { enter } from "./desk.mjs";
import { watched } from "./tools.mjs";

const LOOKS = {
  wide: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  "phone-dark": { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
};

/** Writes `NAME-LOOK.png` for each view into a folder: the whole page, or its first `cut` pixels. */
export async function shoot(browser, federation, publisher, views, folder, looks = Object.keys(LOOKS), cut = 0) {
  mkdirSync(folder, { recursive: true });
  for (const look of looks) {
    const { context, close } = await watched(browser, "screenshots", LOOKS[look]);
    if (Object.values(views).some((path) => path.startsWith("/desk"))) await enter(context, federation, publisher);
    const page = await context.newPage();
    if (cut > 0) await page.setViewportSize({ ...LOOKS[look].viewport, height: cut });
    for (const [name, path] of Object.entries(views)) {
      await page.goto(federation.at(publisher, path), { waitUntil: "load" });
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, `${name}-${look}.png`), fullPage: cut === 0 });
    }
    await close();
  }
}
