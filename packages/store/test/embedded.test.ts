import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBinaryPackage, provideBinaries } from "../src/embedded/binaries.ts";
import { openEmbeddedPostgres } from "../src/embedded/index.ts";
import type { EmbeddedPostgres } from "../src/embedded/index.ts";
import { serverUserOf } from "../src/embedded/server-user.ts";
import { openPostgresStore } from "../src/postgres/index.ts";
import { removeFolder, scratchFolder, scratchHome } from "./scratch.ts";

const isRoot = process.getuid?.() === 0;

let folder = "";
beforeAll(async () => {
  folder = await scratchFolder();
});
afterAll(async () => {
  await removeFolder(folder);
});

async function query(server: EmbeddedPostgres, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client(server.connection);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

function pidOf(data: string): number {
  return Number(readFileSync(path.join(data, "postmaster.pid"), "utf8").split("\n")[0]);
}

describe("a new home", () => {
  it("gets a server that listens on a private socket only and is not in our process group", async () => {
    const home = await scratchHome(folder, "new");
    // Left by an interrupted start.
    mkdirSync(path.join(home, "pg.draft-1"));
    const server = await openEmbeddedPostgres({ home });
    try {
      expect(server.kind).toBe("embedded");
      expect(statSync(server.connection.host).mode & 0o777).toBe(0o700);
      expect(await query(server, "show listen_addresses")).toEqual([{ listen_addresses: "" }]);
      expect(await query(server, "select current_database() as d, current_user as u")).toEqual([
        { d: "berth", u: "berth" },
      ]);
      const pid = pidOf(path.join(home, "pg"));
      const group = execFileSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" });
      expect(Number(group)).toBe(pid);
      expect(Number(execFileSync("ps", ["-o", "uid=", "-p", String(pid)], { encoding: "utf8" }))).not.toBe(0);
      expect(readdirSync(home).filter((name) => name.startsWith("pg.draft"))).toEqual([]);
    } finally {
      await server.close();
    }
    await server.close();
    expect(existsSync(path.join(home, "pg", "postmaster.pid"))).toBe(false);
  });

  it("may have a path longer than a socket's", async () => {
    const home = path.join(await scratchHome(folder, "long"), "x".repeat(120));
    mkdirSync(home, { mode: 0o755 });
    const server = await openEmbeddedPostgres({ home });
    expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
    await server.close();
    const { host } = server.connection;
    expect(host.startsWith(home)).toBe(false);
    rmSync(isRoot ? path.dirname(host) : host, { recursive: true });
  });
});

describe("a home that was used before", () => {
  it("opens with its data, whatever process has the number in a stale pid file", async () => {
    const home = await scratchHome(folder, "again");
    const first = await openEmbeddedPostgres({ home });
    await query(first, "create table kept as select 7 as n");
    await first.close();
    writeFileSync(
      path.join(home, "pg", "postmaster.pid"),
      `${process.pid}\n${home}/pg\n0\n5432\n/tmp\n\n0 0\nready   \n`,
    );
    const second = await openEmbeddedPostgres({ home });
    expect(await query(second, "select n from kept")).toEqual([{ n: 7 }]);
    await second.close();
    writeFileSync(path.join(home, "pg", "PG_VERSION"), "17\n");
    await expect(openEmbeddedPostgres({ home })).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      retryable: false,
      message: expect.stringContaining("PostgreSQL 17"),
    });
  });

  it("gets its server back when that was killed, and a store on it goes on", async () => {
    const home = await scratchHome(folder, "killed");
    const server = await openEmbeddedPostgres({ home });
    const store = await openPostgresStore({ connection: server.connection });
    try {
      const pid = pidOf(path.join(home, "pg"));
      const reads = Array.from({ length: 20 }, async () => await store.ping().catch(() => undefined));
      process.kill(pid, "SIGKILL");
      await Promise.all(reads);
      for (const deadline = Date.now() + 30_000; ;) {
        const answers = await store.ping().then(
          () => true,
          () => false,
        );
        if (answers && pidOf(path.join(home, "pg")) !== pid) break;
        if (Date.now() > deadline) throw new Error("the server did not come back");
      }
    } finally {
      await store.close();
      await server.close();
    }
    expect(existsSync(path.join(home, "pg", "postmaster.pid"))).toBe(false);
  });

  it("says why when the server does not start", async () => {
    const home = await scratchHome(folder, "broken");
    await (await openEmbeddedPostgres({ home })).close();
    rmSync(path.join(home, "pg", "global", "pg_control"));
    await expect(openEmbeddedPostgres({ home })).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      internal: expect.stringContaining("pg_control"),
    });
  });
});

if (isRoot) {
  describe("as root, a home that only root may enter", () => {
    it("keeps its data outside, finds it again when moved, and is not shared with a copy", async () => {
      const home = await scratchHome(folder, "private");
      chmodSync(home, 0o700);
      const first = await openEmbeddedPostgres({ home });
      const outside = path.dirname(readlinkSync(path.join(home, "pg")));
      try {
        expect(outside).toMatch(/^\/var\/lib\/berth\/[0-9a-f]{16}$/);
        await query(first, "create table kept as select 7 as n");
        await first.close();
        const copy = path.join(folder, "copy");
        cpSync(home, copy, { recursive: true, verbatimSymlinks: true });
        await expect(openEmbeddedPostgres({ home: copy })).rejects.toMatchObject({ reason: "HOME_LOCKED" });
        const moved = path.join(folder, "moved");
        execFileSync("mv", [home, moved]);
        const second = await openEmbeddedPostgres({ home: moved });
        expect(await query(second, "select n from kept")).toEqual([{ n: 7 }]);
        await second.close();
      } finally {
        await first.close();
        rmSync(outside, { recursive: true, force: true });
      }
    });

    it("begins anew when it was deleted, and keeps what it had aside", async () => {
      const home = await scratchHome(folder, "deleted");
      chmodSync(home, 0o700);
      const first = await openEmbeddedPostgres({ home });
      const outside = path.dirname(readlinkSync(path.join(home, "pg")));
      try {
        await query(first, "create table kept as select 7 as n");
        await first.close();
        rmSync(home, { recursive: true });
        mkdirSync(home, { mode: 0o700 });
        const told: string[] = [];
        const second = await openEmbeddedPostgres({ home, log: (line) => told.push(line) });
        expect(await query(second, "select to_regclass('kept') as kept")).toEqual([{ kept: null }]);
        await second.close();
        expect(existsSync(path.join(outside, "pg-orphaned", "PG_VERSION"))).toBe(true);
        expect(told.join("\n")).toContain(path.join(outside, "pg-orphaned"));
      } finally {
        await first.close();
        rmSync(outside, { recursive: true, force: true });
      }
    });

    it("runs the server as the owner of data that is already there", async () => {
      const home = await scratchHome(folder, "owned");
      await (await openEmbeddedPostgres({ home })).close();
      execFileSync("chown", ["-R", "65533:65533", path.join(home, "pg"), path.join(home, "run")]);
      const server = await openEmbeddedPostgres({ home });
      expect(statSync(`/proc/${pidOf(path.join(home, "pg"))}`).uid).toBe(65_533);
      await server.close();
    });
  });
}

describe("an installed package", () => {
  it("that is closed to the server's user and has no symlinks is completed and copied, once", async () => {
    const { folder: installed, version } = await findBinaryPackage();
    const closed = path.join(folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    cpSync(path.join(installed, "native"), path.join(closed, "package", "native"), {
      recursive: true,
      verbatimSymlinks: true,
    });
    const lib = path.join(closed, "package", "native", "lib");
    for (const entry of readdirSync(lib, { withFileTypes: true })) {
      if (entry.isSymbolicLink()) rmSync(path.join(lib, entry.name));
    }
    const user = await serverUserOf(folder);
    const found = { folder: path.join(closed, "package"), version };
    const copies = path.join(folder, "copies");
    const native = await provideBinaries(found, user, copies);
    expect(native).toBe(
      user === undefined ? path.join(closed, "package", "native") : path.join(copies, `pg-${version}`),
    );
    expect(
      execFileSync(path.join(native, "bin", "postgres"), ["--version"], { ...user, cwd: "/", encoding: "utf8" }),
    ).toContain("(PostgreSQL) 18.");
    const { mtimeMs } = statSync(native);
    expect(await provideBinaries(found, user, copies)).toBe(native);
    expect(statSync(native).mtimeMs).toBe(mtimeMs);
  });

  it("whose programs do not start here asks for a database URL", async () => {
    const native = path.join(folder, "musl", "native");
    mkdirSync(path.join(native, "bin"), { recursive: true });
    writeFileSync(path.join(native, "bin", "postgres"), "#!/nonexistent\n", { mode: 0o755 });
    const broken = provideBinaries(
      { folder: path.join(folder, "musl"), version: "0" },
      undefined,
      path.join(folder, "c"),
    );
    await expect(broken).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      hint: expect.stringContaining("BERTH_DATABASE_URL"),
    });
  });
});
