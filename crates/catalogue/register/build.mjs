// Makes towns.tsv, the register of municipalities that is built into the program, from the boundaries of the BKG:
// key, name, form, and the middle of the largest part. Called by scripts/setup; afterwards the boundaries are not needed.
import { readFileSync, writeFileSync } from "node:fs";

const [folder, target] = process.argv.slice(2);
const read = (layer) => JSON.parse(readFileSync(`${folder}/${layer}.geo.json`, "utf8"));

/** Area and centroid of a ring in degrees; the shape of the earth matters little within one municipality. */
function middle(ring) {
  let area = 0, x = 0, y = 0;
  for (let at = 0; at + 1 < ring.length; at += 1) {
    const [x1, y1] = ring[at], [x2, y2] = ring[at + 1];
    const cross = x1 * y2 - x2 * y1;
    area += cross;
    x += (x1 + x2) * cross;
    y += (y1 + y2) * cross;
  }
  return { size: Math.abs(area), lon: x / (3 * area), lat: y / (3 * area) };
}

/** One line for each key, from its largest part on land (GF 4). */
function lines(layer, digits) {
  const best = new Map();
  // What has several features, such as land and water, stands as a collection among the others.
  for (const { properties, geometry } of read(layer).flatMap((one) => one.features ?? [one])) {
    if (properties.GF !== 4) continue;
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    for (const [outer] of polygons) {
      const here = middle(outer);
      const key = properties.RS;
      if (key.length !== digits || !Number.isFinite(here.lat)) continue;
      if (!best.has(key) || best.get(key).size < here.size) best.set(key, { ...here, ...properties });
    }
  }
  return [...best.keys()].sort().map((key) => {
    const { GEN, BEZ, lat, lon } = best.get(key);
    return [key, GEN, BEZ, lat.toFixed(4), lon.toFixed(4), "", "", ""].join("\t");
  });
}

const head = [
  "# © GeoBasis-DE / BKG 2017 (Daten verändert / data changed), https://www.bkg.bund.de, GeoNutzV",
  "# key\tname\tform\tlat\tlon\tpopulation\tsettlement\tstate",
];
writeFileSync(target, [...head, ...lines("kreise", 5), ...lines("gemeinden", 12)].join("\n") + "\n");
