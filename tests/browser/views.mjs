// Every page of a node, as a name and a path; records are found by asking the node.

const FIXED = {
  start: "/",
  results: "/?q=M%C3%A4ngelmelder",
  "results-all": "/?q=",
  "results-narrow": "/?kind=solution&land=th",
  "results-none": "/?q=Zeppelinlandeplatz",
  publishers: "/publishers",
  publisher: "/publishers/th.jena",
  "compare-empty": "/compare",
  map: "/map",
  "map-narrow": "/map?kind=solution",
  events: "/events",
  "events-month": "/events?view=month",
  needs: "/needs",
  funding: "/funding",
  network: "/network",
  verify: "/verify",
  login: "/desk/login",
  api: "/api",
  sorting: "/sortierung",
  licences: "/lizenzen",
  imprint: "/impressum",
  privacy: "/datenschutz",
  accessibility: "/barrierefreiheit",
  easy: "/leichte-sprache",
  lost: "/gibt-es-nicht",
};

/** All views of a node: the fixed pages, one record of each kind, a one-page paper, a comparison. */
export async function views(federation, publisher) {
  const { kinds } = await federation.read(publisher, "/api/v1/kinds");
  const all = { ...FIXED };
  for (const { kind: name } of kinds) {
    const { hits } = await federation.read(publisher, `/api/v1/records?kind=${name}&limit=1`);
    if (hits.length > 0) all[`record-${name}`] = `/records/${hits[0].publisher}/${hits[0].record}`;
  }
  const { hits } = await federation.read(publisher, "/api/v1/records?q=M%C3%A4ngelmelder&kind=solution&limit=1");
  if (hits.length > 0) all.solution = `/records/${hits[0].publisher}/${hits[0].record}`;
  all.paper = `${all["record-measure"]}/vorlage`;
  const solutions = await federation.read(publisher, "/api/v1/records?kind=solution&limit=3");
  const chosen = solutions.hits.map((hit) => `r=${hit.publisher}/${hit.record}`).join("&");
  all.compare = `/compare?${chosen}`;
  return all;
}
