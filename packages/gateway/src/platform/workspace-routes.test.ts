import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, CallOptions, House } from "../gateway.fixture.ts";
import { ModernClient } from "../mcp/mcp.fixture.ts";

describe("the workspace over HTTP", () => {
  let house: House;
  beforeEach(async () => (house = await openHouse()));
  afterEach(async () => await house[Symbol.asyncDispose]());

  const call = async (method: string, path: string, options: CallOptions = {}): Promise<Answer> =>
    await house.call(`/v1/workspace/${path}`, { method, token: house.admin, ...options });
  const put = async (path: string, body: string | Uint8Array, headers = {}): Promise<Answer> =>
    await call("PUT", `files/${path}`, { body, headers: { "content-type": "application/octet-stream", ...headers } });

  it("takes a file, gives it back with its version, and tells its history and what changed", async () => {
    const written = await put("reports/a%20b.csv", "a,b\n");
    expect([written.status, written.headers.etag]).toEqual([200, '"1"']);
    expect(written.json).toMatchObject({ path: "reports/a b.csv", version: 1, bytes: 4, mediaType: "text/csv" });
    await put("reports/a%20b.csv", "a,c\n", { "content-type": "text/plain" });
    const read = await call("GET", "files/reports/a%20b.csv");
    expect([read.text, read.headers.etag, read.headers["content-type"]]).toEqual([
      "a,c\n",
      '"2"',
      "text/plain; charset=utf-8",
    ]);
    expect((await call("GET", "files/reports/a%20b.csv?version=1")).text).toBe("a,b\n");
    expect((await call("HEAD", "files/reports/a%20b.csv")).headers["content-length"]).toBe("4");
    expect((await call("GET", "diff/reports/a%20b.csv")).json).toMatchObject({
      from: 1,
      to: 2,
      text: expect.stringContaining("+a,c"),
    });
    expect((await call("DELETE", "files/reports/a%20b.csv")).status).toBe(204);
    expect((await call("GET", "files/reports/a%20b.csv")).status).toBe(404);
    const { json } = await call("GET", "history/reports/a%20b.csv?limit=2");
    expect(json.versions.map(({ version, digest }: Answer["json"]) => [version, typeof digest])).toEqual([
      [3, "undefined"],
      [2, "string"],
    ]);
  });

  it("tells what is used, and lets a file go with its history", async () => {
    await put("a", "12345");
    await put("a", "123");
    expect((await call("GET", "usage")).json).toMatchObject({
      files: 1,
      bytes: 8,
      released: 0,
      quota: { files: 100_000 },
    });
    expect((await call("DELETE", "files/a?history=yes")).status).toBe(400);
    expect((await call("DELETE", "files/a?history=true")).status).toBe(204);
    expect((await call("GET", "usage")).json).toMatchObject({ files: 0, bytes: 0, released: 8 });
    expect((await call("GET", "files/a?version=1")).status).toBe(404);
    expect((await call("GET", "history/a")).json.versions).toMatchObject([{ version: 3 }]);
  });

  it("lists by prefix, a page at a time", async () => {
    for (const path of ["a/1", "a/2", "b"]) await put(path, path);
    const first = (await call("GET", "files?prefix=a/&limit=1")).json;
    expect(first).toMatchObject({ files: [{ path: "a/1" }], next: "a/1" });
    expect((await call("GET", "files?prefix=a/&after=a/1")).json.files).toMatchObject([{ path: "a/2" }]);
    expect((await call("GET", "files?limit=0")).status).toBe(400);
  });

  it("refuses a writer who has not seen the newest version", async () => {
    expect((await put("x", "1", { "if-none-match": "*" })).status).toBe(200);
    expect((await put("x", "2", { "if-none-match": "*" })).json).toMatchObject({
      reason: "STORE_CONFLICT",
      status: 409,
    });
    expect((await put("x", "2", { "if-match": '"2"' })).status).toBe(409);
    expect((await put("x", "2", { "if-match": '"1"' })).status).toBe(200);
    expect((await put("x", "3", { "if-match": "*" })).status).toBe(200);
    for (const wrong of ['"1", "2"', 'W/"3"', "abc"])
      expect((await put("x", "4", { "if-match": wrong })).status).toBe(400);
  });

  it("has no path but plain ones, however they are spelled in the address", async () => {
    for (const path of [
      "../etc/passwd",
      "%2e%2e/x",
      "a%2fb",
      "a%5cb",
      "a%00b",
      "a//b",
      "",
      "a/",
      "con",
      "%252e%252e/x",
    ]) {
      expect([400, 404], path).toContain((await put(path, "x")).status);
    }
    expect((await call("GET", "files")).json).toEqual({ files: [] });
  });

  it("gives nothing that a browser would run, and never another type than it says", async () => {
    await put("page.html", "<script>alert(1)</script>");
    await put("draw.svg", "<svg onload=alert(1)>");
    await put("notes.txt", "hi");
    for (const path of ["page.html", "draw.svg"]) {
      const { headers } = await call("GET", `files/${path}`);
      expect(headers["content-disposition"]).toBe(`attachment; filename="${path}"; filename*=UTF-8''${path}`);
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["content-security-policy"]).toContain("sandbox");
    }
    expect((await call("GET", "files/notes.txt")).headers["content-disposition"]).toMatch(/^inline; /);
    await put("%22%0d.txt", "x");
    await put(encodeURIComponent("é\"'x.txt"), "x");
    const { headers } = await call("GET", `files/${encodeURIComponent("é\"'x.txt")}`);
    expect(headers["content-disposition"]).toBe(`inline; filename="___x.txt"; filename*=UTF-8''%C3%A9%22%27x.txt`);
  });

  it("is for those who may, and says to others neither that a file is there nor that it is not", async () => {
    await put("secret.txt", "x");
    const [invoke, read] = [await house.key("invoke"), await house.key("read")];
    for (const path of ["files/secret.txt", "files/absent.txt", "files", "history/secret.txt", "diff/secret.txt"]) {
      expect((await call("GET", path, { token: invoke })).status).toBe(403);
      expect((await house.call(`/v1/workspace/${path}`)).status).toBe(401);
    }
    expect((await call("GET", "files/secret.txt", { token: read })).text).toBe("x");
    expect((await call("PUT", "files/secret.txt", { token: read, body: "y" })).status).toBe(403);
    expect((await call("DELETE", "files/secret.txt", { token: read })).status).toBe(403);
  });

  it("shows files as MCP resources on the organization's server, to those who may read them", async () => {
    await put("data/a%20b.csv", "1,2");
    await put("raw.bin", new Uint8Array([0, 255]));
    const client = new ModernClient(house);
    const options = { path: "/mcp", token: house.admin };
    const { resources } = await client.result("resources/list", {}, options);
    expect(resources).toContainEqual(
      expect.objectContaining({ uri: "berth://workspace/data/a%20b.csv", name: "data/a b.csv", mimeType: "text/csv" }),
    );
    const read = async (uri: string, at: object = options): Promise<Answer> =>
      await client.call("resources/read", { uri }, at);
    expect((await read("berth://workspace/data/a%20b.csv")).json.result.contents).toEqual([
      { uri: "berth://workspace/data/a%20b.csv", mimeType: "text/csv", text: "1,2" },
    ]);
    expect((await read("berth://workspace/raw.bin")).json.result.contents[0].blob).toBe("AP8=");
    const stranger = { path: "/mcp", token: await house.key("invoke") };
    expect(JSON.stringify(await client.result("resources/list", {}, stranger))).not.toContain("berth://workspace");
    const gone = (await read("berth://workspace/none")).json.error;
    for (const uri of ["berth://workspace/raw.bin", "berth://workspace/none"]) {
      expect((await read(uri, stranger)).json.error).toMatchObject({ code: gone.code, message: gone.message });
    }
    for (const uri of ["berth://workspace/../x", "berth://workspace/data%2Fa%20b.csv", "berth://workspace/%zz"]) {
      expect((await read(uri)).json.error.code).toBe(-32602);
    }
  });
});
