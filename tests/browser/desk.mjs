// The desk: logging in, and its pages as a name and a path, with drafts that are begun for the purpose.
const KINDS = ["adoption", "event", "measure", "need", "solution"];

/** Logs a context in at a node's desk with the operator's token. */
export async function enter(context, federation, publisher) {
  const page = await context.newPage();
  await page.goto(federation.at(publisher, "/desk/login"));
  await page.locator("#token").fill(federation.token(publisher));
  await page.locator("main button[type=submit]").click();
  await page.waitForURL((url) => url.pathname === "/desk");
  await page.close();
}

/** Every page of the desk of a node. The drafts stay unpublished. */
export async function deskViews(context, federation, publisher) {
  const page = await context.newPage();
  const at = (path) => federation.at(publisher, path);
  const here = () => new URL(page.url()).pathname;
  const all = { desk: "/desk", "desk-new": "/desk/new", "desk-journal": "/desk/journal", "desk-shortlists": "/desk/shortlists" };
  for (const kind of KINDS) {
    await page.goto(at("/desk/new"));
    await page.locator(`button[name=kind][value=${kind}]`).click();
    await page.waitForURL(/\/desk\/drafts\//);
    all[`desk-form-${kind}`] = here();
  }
  all["desk-preview"] = `${all["desk-form-solution"]}/preview`;
  all["desk-find"] = `${all["desk-form-adoption"]}/find?path=solution&q=M%C3%A4ngelmelder`;
  await page.goto(at("/desk/shortlists"));
  await page.locator("#name").fill("Mängelmelder für den Bauhof");
  await page.locator("main form button[type=submit]").click();
  await page.waitForURL(/\/desk\/shortlists\/./);
  all["desk-shortlist"] = here();
  for (const [name, query] of [["own", `publisher=${publisher}`], ["other", "kind=solution&publisher=th.jena"]]) {
    const { hits } = await federation.read(publisher, `/api/v1/records?${query}&limit=1`);
    all[`desk-record-${name}`] = `/desk/records/${hits[0].publisher}/${hits[0].record}`;
  }
  await page.close();
  return all;
}

/** Opens a form with all that its check has to say: nothing but the button was pressed. */
export async function checked(page, address) {
  await page.goto(address);
  await page.locator("button[name=do][value=check]").click();
  await page.locator("#errors").waitFor();
}
