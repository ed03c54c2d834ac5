import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openPostgresStore } from "../src/postgres/index.ts";
import { storeContract } from "../src/store.contract.ts";
import { removeFolder, scratchFolder } from "./scratch.ts";

const DEBIAN = "/usr/lib/postgresql";
/** The server a distribution installed, where there is one: the same contract on another build and version. */
const bin = (existsSync(DEBIAN) ? readdirSync(DEBIAN) : [])
  .map((version) => path.join(DEBIAN, version, "bin"))
  .findLast((folder) => existsSync(path.join(folder, "initdb")));
const NOBODY = { uid: 65_534, gid: 65_534 };
const user = process.getuid?.() === 0 ? NOBODY : undefined;

describe("PostgreSQL of the system", () => {
  if (bin === undefined) {
    it("is not installed on this machine", () => {
      expect(bin).toBeUndefined();
    });
    return;
  }
  let folder = "";
  let server: ChildProcess | undefined;
  let databases = 0;

  beforeAll(async () => {
    folder = await scratchFolder();
    const data = path.join(folder, "data");
    mkdirSync(data, { mode: 0o700 });
    if (user !== undefined) chownSync(data, user.uid, user.gid);
    const options = { ...user, cwd: "/", stdio: "ignore" } as const;
    // A database in a language, unlike the embedded one: our order must not depend on it.
    execFileSync(
      path.join(bin, "initdb"),
      ["-D", data, "-U", "berth", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
      options,
    );
    server = spawn(path.join(bin, "postgres"), ["-D", data, "-k", data, "-c", "listen_addresses="], options);
    await connected();
  });

  afterAll(async () => {
    if (server?.exitCode === null) {
      server.kill("SIGINT");
      await once(server, "exit");
    }
    await removeFolder(folder);
  });

  storeContract("PostgreSQL, system", async () => {
    const database = `test_${databases++}`;
    const client = await connected();
    await client.query(`create database ${database}`);
    await client.end();
    // As a URL, the way operators give it.
    const host = encodeURIComponent(path.join(folder, "data"));
    return await openPostgresStore({ connection: `postgres://berth@${host}/${database}`, poolSize: 4 });
  });

  async function connected(): Promise<Client> {
    for (let attempt = 1; ; attempt++) {
      const client = new Client({ host: path.join(folder, "data"), user: "berth", database: "postgres" });
      client.on("error", () => undefined);
      try {
        await client.connect();
        return client;
      } catch (error) {
        if (attempt === 400) throw error;
        await new Promise((resolve) => {
          setTimeout(resolve, 50);
        });
      }
    }
  }
});
