// Every kind by the forms of the desk, with words that mean harm: copied, published, read, revised, withdrawn. Nothing executes.
import { enter } from "./desk.mjs";
import { expect, watched } from "./tools.mjs";

const TOWN = "sh.husum";
const KINDS = 17;
// Tags, Markdown, a formula, quotes, text from right to left with a sign that turns the direction.
const HARM = `=cmd|'/C calc'!A0 <script>window.harmed=1</script><img src=x onerror="window.harmed=1"> ![x](javascript:window.harmed=1) "'&amp; \u202e\u0645\u0631\u062d\u0628\u0627 \u00dcn\u00efc\u00f6d\u00e9`;
const LONG = 10_000;
const TITLE = 120;
const SUMMARY = 150;
// What nodes say to each other; nobody writes it by a form.
const PROTOCOL = ["attestation", "node"];

/** Each kind of which the federation holds a record. */
export async function kinds(browser, federation) {
  const { context, close } = await watched(browser, "kinds");
  const page = await context.newPage();
  let dialogs = 0;
  page.on("dialog", async (dialog) => {
    dialogs += 1;
    await dialog.dismiss();
  });
  await enter(context, federation, TOWN);
  const { kinds: all } = await federation.read(TOWN, "/api/v1/kinds");
  const names = all.map((kind) => kind.kind ?? kind.name).filter((name) => !PROTOCOL.includes(name));
  expect(names.length === KINDS, `kinds: there are ${KINDS} (${names})`);
  for (const kind of names) await round(page, federation, kind);
  expect(dialogs === 0, `kinds: no dialog opens (${dialogs})`);
  await close();
}

async function round(page, federation, kind) {
  const { hits } = await federation.read(TOWN, `/api/v1/records?kind=${kind}&limit=1`);
  await page.goto(federation.at(TOWN, `/desk/records/${hits[0].publisher}/${hits[0].record}`));
  await page.locator("button[name=wish][value=copy]").click();
  await page.waitForURL(/\/desk\/drafts\//);
  await unfold(page);
  const title = `${kind} ${HARM}`.slice(0, TITLE).trim();
  const summary = HARM.slice(0, SUMMARY).trim();
  await page.locator("[name='f.title.de']").fill(title);
  await page.locator("[name='f.summary.de']").fill(summary);
  const long = page.locator("[name='f.description.de']");
  if (await long.count()) await long.fill(HARM.repeat(Math.ceil(LONG / HARM.length)).slice(0, LONG).trim());
  const record = await published(page, federation, kind);
  if (!record) return;
  await read(page, federation, record, kind, title, summary);

  await page.goto(federation.at(TOWN, `/desk${record}`));
  await page.locator("button[name=wish][value=revise]").click();
  await page.waitForURL(/\/desk\/drafts\//);
  await unfold(page);
  expect((await page.locator("[name='f.title.de']").inputValue()) === title, `${kind}: the form holds the title as it was typed`);
  const again = `\u00dcberarbeitet ${HARM}`.slice(0, SUMMARY).trim();
  await page.locator("[name='f.summary.de']").fill(again);
  if ((await published(page, federation, kind)) !== record) return;
  await read(page, federation, record, kind, title, again);

  await page.goto(federation.at(TOWN, `/desk${record}`));
  await page.locator("details:has(#withdraw-reason) summary").click();
  await page.locator("#withdraw-reason").selectOption("outdated");
  await page.locator("button[name=do][value=retract]").click();
  await page.waitForURL(/said=/);
  const gone = await page.goto(federation.at(TOWN, record));
  expect(gone.status() === 410 && !(await page.content()).includes("harmed=1"), `${kind}: what is withdrawn is gone`);
}

/** Opens the sections that a form keeps folded. */
async function unfold(page) {
  await page.evaluate(() => document.querySelectorAll("details").forEach((section) => (section.open = true)));
}

/** Publishes the draft, with a reason where warnings ask for one; answers with the path of the record. */
async function published(page, federation, kind) {
  const publish = page.locator("button[name=do][value=publish]").first();
  await publish.click();
  await page.waitForLoadState();
  if (await page.locator("#reason").isVisible()) {
    await page.locator("#reason").fill("So gewollt.");
    await publish.click();
    await page.waitForLoadState();
  }
  const { pathname } = new URL(page.url());
  const done = pathname.startsWith("/desk/records/");
  const why = done ? "" : (await page.locator("#errors").innerText().catch(() => pathname)).slice(0, 300);
  expect(done, `${kind}: the desk publishes (${why})`);
  return done ? pathname.slice("/desk".length) : undefined;
}

/** Looks at the record as everybody does: the words are words, and the page keeps its shape. */
async function read(page, federation, record, kind, title, summary) {
  await page.goto(federation.at(TOWN, record));
  const plain = (text) => text.replace(/\s+/g, " ").trim();
  const shown = plain(await page.locator("h1").textContent());
  expect(shown === plain(title), `${kind}: the title stands as it was typed (${shown})`);
  expect(plain(await page.locator("main").textContent()).includes(plain(summary)), `${kind}: the summary stands as it was typed`);
  const seen = await page.evaluate(() => ({
    harmed: "harmed" in window,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    links: [...document.links].filter((link) => link.protocol === "javascript:").length,
    strange: document.querySelectorAll("main img, main script:not([src])").length,
  }));
  expect(!seen.harmed && seen.links === 0 && seen.strange === 0, `${kind}: nothing executes (${JSON.stringify(seen)})`);
  expect(seen.wide <= 0, `${kind}: the page does not scroll sideways (${seen.wide} px)`);
}
