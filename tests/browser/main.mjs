// Runs a real federation and looks at it with a real browser: journeys, accessibility, weight, no JavaScript, no network.
// `node main.mjs` judges everything; `--shots DIR` writes screenshots instead; `--only STEP,STEP` picks steps.
import { accessible, light, plain } from "./accessibility.mjs";
import { deskViews, enter } from "./desk.mjs";
import { Federation } from "./federation.mjs";
import { journeys } from "./journeys.mjs";
import { kinds } from "./kinds.mjs";
import { shoot } from "./shots.mjs";
import { expect, judged, launch, watched } from "./tools.mjs";
import { views } from "./views.mjs";

// The node that is looked at.
const NODE = "th.dornburg-camburg";

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const began = Date.now();
const tell = (text) => console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);

const federation = await Federation.start();
const browser = await launch();
try {
  tell(`${Object.keys(federation.nodes).length} nodes hold and find the same`);
  const staff = await watched(browser, "staff");
  await enter(staff.context, federation, NODE);
  const all = { ...(await views(federation, NODE)), ...(await deskViews(staff.context, federation, NODE)) };
  await staff.close();
  const shots = option("--shots");
  const chosen = option("--views")?.split(",");
  const some = chosen ? Object.fromEntries(Object.entries(all).filter(([name]) => chosen.includes(name))) : all;
  if (shots) {
    await shoot(browser, federation, NODE, some, shots, option("--looks")?.split(","), Number(option("--cut") ?? 0));
    tell(`${Object.keys(some).length} views are in ${shots}`);
  } else {
    const steps = {
      axe: async () => accessible(browser, federation, NODE, some),
      plain: async () => plain(browser, federation, NODE, some),
      weight: async () => tell(`the heaviest page: ${(await light(browser, federation, NODE, some)).join(", ")} bytes`),
      kinds: async () => kinds(browser, federation),
      journeys: async () => journeys(browser, federation, some),
    };
    const only = option("--only")?.split(",");
    for (const [name, step] of Object.entries(steps)) {
      if (only && !only.includes(name)) continue;
      await step();
      tell(name);
    }
    // A word that was only ever typed into a search.
    for (const [publisher, log] of federation.logs()) {
      expect(!log.includes("Zeppelinlandeplatz"), `the log of ${publisher} holds no search term`);
    }
  }
} finally {
  await browser.close();
  await federation.end();
}
const { held, found } = judged();
console.log(`${held} of ${held + found.length} things held in the browser`);
if (found.length > 0) {
  console.error(found.map((what) => `- ${what}`).join("\n"));
  process.exit(1);
}
