// The journeys of people, in a real browser: newcomer, keyboard, verifying, operator, a network that is down, editor.
import { enter } from "./desk.mjs";
import { expect, until, watched } from "./tools.mjs";

const TOWN = "th.dornburg-camburg";
const OTHER = "sh.husum";

/** All journeys, one after the other. */
export async function journeys(browser, federation, views) {
  await newcomer(browser, federation);
  await newcomer(browser, federation, { javaScriptEnabled: false });
  await keyboard(browser, federation);
  await verifier(browser, federation);
  await editor(browser, federation);
  await operator(browser, federation);
  await alone(browser, federation, views);
}

/** Journey 1: find a fault-report solution, compare two, print the paper, subscribe to a feed. */
async function newcomer(browser, federation, options = {}) {
  const name = options.javaScriptEnabled === false ? "newcomer without JavaScript" : "newcomer";
  const { context, close } = await watched(browser, name, { viewport: { width: 360, height: 740 }, ...options });
  const page = await context.newPage();
  await page.goto(federation.at(TOWN));
  await page.getByLabel("Was suchen Sie?").fill("Mängelmelder");
  await page.getByRole("button", { name: "Suchen" }).click();
  await page.getByRole("heading", { name: /Suchergebnisse für/ }).waitFor();
  await page.waitForLoadState();
  const solution = page.getByRole("main").getByRole("link", { name: "Mängelmelder", exact: true }).first();
  expect(await solution.isVisible(), `${name}: the search finds the solution`);
  await solution.click();
  await page.getByRole("heading", { level: 1, name: "Mängelmelder" }).waitFor();
  await page.waitForLoadState();
  const text = await page.getByRole("main").innerText();
  expect(/Signiert von Stadt Jena, bestätigt von (Freistaat )?Thüringen, Fassung \d+ vom/.test(text), `${name}: the page says who signed`);

  await page.getByRole("link", { name: "Zum Vergleich hinzufügen" }).click();
  // The button stands below the list: once it is there, so are all boxes.
  const button = page.getByRole("button", { name: "Nebeneinander stellen" });
  await button.waitFor();
  await page.getByRole("checkbox", { checked: false }).first().check();
  await button.click();
  const table = page.getByRole("table");
  await table.waitFor();
  await page.waitForLoadState();
  expect((await table.getByText("verschieden").count()) > 0, `${name}: differences are marked`);
  await table.getByRole("link", { name: "Mängelmelder", exact: true }).click();

  await page.getByRole("link", { name: /Entscheidungsvorlage/ }).click();
  await page.getByRole("heading", { level: 1, name: "Mängelmelder" }).waitFor();
  await page.waitForLoadState();
  if (options.javaScriptEnabled !== false) {
    const paper = await page.pdf({ format: "A4" });
    const sheets = paper.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length;
    expect(sheets === 1, `${name}: the paper fills one sheet (${sheets})`);
  }

  await page.goto(federation.at(TOWN, "/?q=M%C3%A4ngelmelder"));
  const feed = await page.locator("link[rel=alternate][type='application/atom+xml']").getAttribute("href");
  const answer = await page.request.get(new URL(feed, page.url()).href);
  expect((await answer.text()).includes("<title>Mängelmelder</title>"), `${name}: the search is a feed`);
  await close();
}

/** Journey 1 with nothing but the keyboard: the focus is always seen, and leads everywhere. */
async function keyboard(browser, federation) {
  const { context, close } = await watched(browser, "keyboard", { viewport: { width: 1280, height: 900 }, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(federation.at(TOWN));
  const press = async (wanted, name, most = 90) => {
    for (let step = 0; step < most; step += 1) {
      await page.keyboard.press("Tab");
      const look = () => page.evaluate(() => {
        const { activeElement: one } = document;
        const { outlineStyle, outlineWidth } = getComputedStyle(one);
        const box = one.getBoundingClientRect();
        return {
          text: (one.innerText || one.getAttribute("aria-label") || one.id || "").trim(),
          id: one.id,
          box: one.type === "checkbox" ? one.checked : undefined,
          seen: (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || Boolean(one.closest("svg")),
          inside: box.bottom > 0 && box.top < innerHeight && box.width > 0,
        };
      });
      // Scrolling to what has the focus may take a frame or two.
      let focus = await look();
      for (let again = 0; again < 20 && !(focus.seen && focus.inside); again += 1) focus = await look();
      expect(focus.seen && focus.inside, `keyboard: the focus is seen on "${focus.text.slice(0, 40)}"`);
      if (wanted(focus)) return true;
    }
    return expect(false, `keyboard: Tab leads to ${name}`);
  };
  await press((focus) => focus.text === "Zum Inhalt springen", "the skip link", 1);
  await page.keyboard.press("Enter");
  await press((focus) => focus.id === "q", "the search field", 3);
  await page.keyboard.type("Mängelmelder");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /Suchergebnisse für/ }).waitFor();
  await press((focus) => focus.text === "Mängelmelder", "the solution");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Mängelmelder" }).waitFor();
  await press((focus) => focus.text === "Zum Vergleich hinzufügen", "the comparison", 150);
  await page.keyboard.press("Enter");
  const boxes = page.getByRole("checkbox");
  await boxes.first().waitFor();
  await press((focus) => focus.box === false, "something to compare with");
  await page.keyboard.press("Space");
  await press((focus) => focus.text === "Nebeneinander stellen", "the button below");
  await page.keyboard.press("Enter");
  await page.getByRole("table").waitFor();
  await press((focus) => focus.text === "Mängelmelder", "the solution in the table");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Mängelmelder" }).waitFor();
  await press((focus) => focus.text.startsWith("Entscheidungsvorlage"), "the paper", 150);
  await page.keyboard.press("Enter");
  await page.getByText("Beschlussvorschlag").waitFor();
  await close();
}

/** Somebody checks a signed file, on the node and in the browser itself. */
async function verifier(browser, federation) {
  const { context, close } = await watched(browser, "verifier");
  const page = await context.newPage();
  const { hits } = await federation.read(TOWN, "/api/v1/records?kind=solution&limit=1");
  const file = await page.request.get(federation.at(TOWN, `/records/${hits[0].publisher}/${hits[0].record}.cose`));
  const bytes = await file.body();
  const choose = (buffer) => page.getByLabel("Unterschriebene Datei").setInputFiles({ name: "a.cose", mimeType: "application/cose", buffer });
  await page.goto(federation.at(TOWN, "/verify"));
  await choose(bytes);
  await page.getByRole("button", { name: "Im Browser prüfen" }).click();
  await page.getByText("Ihr Browser bestätigt: Die Unterschrift stimmt.").waitFor();
  const changed = Buffer.from(bytes);
  changed[changed.length - 100] ^= 1;
  await choose(changed);
  await page.getByRole("button", { name: "Im Browser prüfen" }).click();
  await page.getByText("Ihr Browser sagt: Die Unterschrift stimmt nicht.").waitFor();
  await choose(bytes);
  await page.getByRole("button", { name: "Prüfen", exact: true }).click();
  await page.getByRole("heading", { name: "Die Unterschrift stimmt." }).waitFor();
  await page.waitForLoadState();
  expect(await page.getByText("Das ist die Fassung, die zurzeit gilt.").isVisible(), "verifier: the standing version is named");
  await close();
}

/** An editor logs in, publishes an adoption, and it is read on another node a moment later. */
async function editor(browser, federation) {
  const { context, close } = await watched(browser, "editor");
  const page = await context.newPage();
  const { hits } = await federation.read(OTHER, "/api/v1/records?q=Hitzeportal&kind=solution&limit=1");
  const about = `${hits[0].publisher}/${hits[0].record}`;
  await page.goto(federation.at(OTHER, "/desk"));
  await page.getByLabel("Token").fill(federation.token(OTHER));
  await page.getByRole("button", { name: "Anmelden" }).click();
  await page.getByRole("heading", { level: 1, name: "Schreibtisch" }).waitFor();
  await page.goto(federation.at(OTHER, `/desk/records/${about}`));
  await page.locator("button[name=kind][value=adoption]").click();
  await page.locator("[name='f.summary.de']").fill("Seit diesem Sommer im Einsatz, der Bauhof ist zufrieden.");
  const choose = async (name, value) => {
    const field = page.locator(`[name='f.${name}']`).first();
    if ((await field.evaluate((one) => one.tagName)) === "SELECT") return field.selectOption(value);
    if ((await field.getAttribute("type")) === "radio") return page.locator(`[name='f.${name}'][value='${value}']`).check();
    return field.fill(value);
  };
  await choose("status", "in-use");
  await choose("since_year", "2026");
  await choose("deployment", "public-it-provider");
  await choose("population_class", "20k-50k");
  await choose("would_do_again", "yes");
  await choose("willing_to_advise", "false");
  const draft = page.url();
  await page.getByRole("button", { name: "Veröffentlichen" }).click();
  await page.waitForLoadState();
  if (await page.locator("#reason").isVisible()) {
    await page.locator("#reason").fill("Alles geprüft.");
    await page.getByRole("button", { name: "Veröffentlichen" }).click();
  }
  await page.waitForURL((url) => url.href.split("#")[0] !== draft);
  const there = federation.at(TOWN, `/records/${about}`);
  // The name alone may stand there for another reason.
  const read = await until("the adoption is on the other node", async () => {
    await page.goto(there);
    return page.getByRole("link", { name: "Stadt Husum" }).first().isVisible();
  });
  expect(read, "editor: the adoption is read elsewhere");
  await close();
}

/** An operator reads the network page while a node is stopped and comes back; the page keeps itself current. */
async function operator(browser, federation) {
  const { context, close } = await watched(browser, "operator");
  const page = await context.newPage();
  await page.goto(federation.at("th", "/network"));
  const connected = async (count) => until(`${count} nodes are connected`, async () => new RegExp(`^${count} von`, "m").test(await page.locator("#live").innerText()));
  const before = Number((await page.locator("#live").innerText()).match(/(\d+) von \d+ Knoten verbunden/)[1]);
  await federation.stop(OTHER);
  await connected(before - 1);
  await federation.restart(OTHER);
  await connected(before);
  expect(true, "operator: the page shows how a node goes and comes back");
  await close();
}

/** With all other nodes down every page is still there. */
async function alone(browser, federation, views) {
  for (const publisher of Object.keys(federation.nodes).filter((name) => name !== TOWN)) await federation.stop(publisher);
  const { context, close } = await watched(browser, "alone");
  await enter(context, federation, TOWN);
  const page = await context.newPage();
  for (const [name, path] of Object.entries(views)) {
    const answer = await page.goto(federation.at(TOWN, path), { waitUntil: "load" });
    expect(answer.status() === (name === "lost" ? 404 : 200), `${name} is there while the network is down (${answer.status()})`);
  }
  await close();
}
