// A real federation: `allmende demo` with all its nodes, of which single ones are stopped and started again.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { ROOT, TARGET, until } from "./tools.mjs";

const PROGRAM = process.env.ALLMENDE_PROGRAM ?? join(TARGET, "debug/allmende");

export class Federation {
  /** Starts it and waits until all nodes hold and find the same. */
  static async start() {
    const federation = new Federation();
    const records = join(ROOT, "node-config/demo");
    federation.demo = spawn(PROGRAM, ["demo", "--json", "--records", records], { stdio: ["ignore", "pipe", "pipe"] });
    federation.again = [];
    let told = "";
    federation.demo.stderr.on("data", (bytes) => (told += bytes));
    const about = await new Promise((done, failed) => {
      let text = "";
      federation.demo.stdout.on("data", (bytes) => {
        text += bytes;
        try {
          done(JSON.parse(text));
        } catch {
          // The document is not complete yet.
        }
      });
      federation.demo.on("error", failed);
      federation.demo.on("exit", (code) => failed(new Error(`the demo ended with ${code}:\n${told}`)));
    });
    federation.root = join(tmpdir(), `allmende-demo-${federation.demo.pid}`);
    federation.nodes = Object.fromEntries(about.nodes.map((node) => [node.publisher, node.http]));
    federation.about = Object.fromEntries(about.nodes.map((node) => [node.publisher, federation.run(node.publisher)]));
    return federation;
  }

  run(publisher) {
    return JSON.parse(readFileSync(join(this.root, publisher, "run.json"), "utf8"));
  }

  /** Where a page of a node stands. */
  at(publisher, path = "/") {
    return this.nodes[publisher] + path;
  }

  async read(publisher, path) {
    const answer = await fetch(this.at(publisher, path));
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  /** The token with which the operator's own commands write. */
  token(publisher) {
    return readFileSync(join(this.root, publisher, "api.token"), "utf8").trim();
  }

  /** What each node has logged. */
  logs() {
    return Object.keys(this.nodes).map((publisher) => [publisher, readFileSync(join(this.root, `${publisher}.log`), "utf8")]);
  }

  /** Ends a node as its operator would. */
  async stop(publisher) {
    process.kill(this.run(publisher).pid, "SIGTERM");
    await until(`${publisher} ends`, () => fetch(this.at(publisher, "/healthz")).then(() => false, () => true));
  }

  /** Starts a stopped node again where it was. */
  async restart(publisher) {
    const { http, listen } = this.about[publisher];
    const relays = Object.keys(this.nodes).filter((name) => !name.includes(".") && name !== publisher);
    const peers = relays.flatMap((name) => this.about[name].listen.slice(0, 1)).flatMap((peer) => ["--peer", peer]);
    const inward = listen.slice(0, 1).flatMap((address) => ["--listen", address.split("/p2p/")[0]]);
    const run = ["--dir", join(this.root, publisher), "run", "--http", new URL(http).host, ...inward, ...peers];
    this.again.push(spawn(PROGRAM, run, { stdio: "ignore" }));
    await until(`${publisher} is back`, () => fetch(this.at(publisher, "/readyz")).then((answer) => answer.ok, () => false));
  }

  async end() {
    for (const node of this.again) node.kill("SIGTERM");
    const ended = new Promise((done) => this.demo.on("exit", done));
    this.demo.kill("SIGTERM");
    await ended;
  }
}
