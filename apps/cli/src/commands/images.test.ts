import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const digest = `sha256:${"4".repeat(64)}`;
const image = {
  digest,
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  artifactType: null,
  subject: null,
  bytes: 3 * 1024 * 1024,
  tags: ["v1", "v2"],
  createdAt: "2026-11-29T10:00:00.000Z",
  referrers: [{ digest, artifactType: "application/vnd.cyclonedx+json", size: 1 }],
};

describe("images", () => {
  test("list asks for every page, or says that there are none", async () => {
    const first = { repositories: [{ repository: "echo", tags: 2, manifests: 3 }], next: "echo" };
    const second = { repositories: [{ repository: "team/echo", tags: 0, manifests: 1 }] };
    const routes = {
      "GET /v1/images": ({ path }: { path: string }) => ({ json: path.includes("after") ? second : first }),
    };
    const { io } = await runAgainst(routes, ["images", "list"]);
    expect(io.out()).toMatch(/echo +2 +3\n *team\/echo +0 +1/);
    const none = await runAgainst({ "GET /v1/images": { json: { repositories: [] } } }, ["images", "list"]);
    expect(none.io.out()).toBe("No images.\n");
  });

  test("show lists images with what hangs on them, and not what hangs", async () => {
    const hanging = { ...image, subject: digest, tags: ["hanging"] };
    const routes = { "GET /v1/images/team/echo": { json: { repository: "team/echo", images: [image, hanging] } } };
    const { io } = await runAgainst(routes, ["images", "show", "team/echo"]);
    expect(io.out()).toMatch(/444444444444 +v1, v2 +3\.0 MiB +vnd\.cyclonedx\+json/);
    expect(io.out()).not.toContain("hanging");
  });

  test("pull and push tell how it goes, and what came of it", async () => {
    const line = { event: "log", data: { text: "0123 12 KiB" } };
    const pulled = { repository: "echo", digest, mediaType: image.mediaType, bytes: 2_048 };
    const pulls = { "POST /v1/image-pulls": { events: [line, { event: "done", data: pulled }] } };
    const pull = await runAgainst(pulls, ["images", "pull", "r.test/echo:v1", "echo", "--credential", "REGISTRY"]);
    expect([pull.code, pull.io.out(), pull.io.err()]).toEqual([0, `Pulled echo@${digest}, 2 KiB.\n`, "0123 12 KiB\n"]);
    expect(JSON.parse(pull.requests[0]?.body ?? "")).toEqual({
      from: "r.test/echo:v1",
      repository: "echo",
      credential: "REGISTRY",
    });
    const pushes = {
      "POST /v1/image-pushes": { events: [{ event: "done", data: { image: `r.test/echo@${digest}` } }] },
    };
    const push = await runAgainst(pushes, ["images", "push", `echo@${digest}`, "r.test/echo", "--tag", "v1", "--json"]);
    expect(push.io.document()).toEqual({ image: `r.test/echo@${digest}` });
    expect(JSON.parse(push.requests[0]?.body ?? "")).toEqual({
      repository: "echo",
      reference: digest,
      to: "r.test/echo",
      tag: "v1",
    });
  });

  test("what fails on the way fails the command", async () => {
    const failed = { event: "error", data: { reason: "REGISTRY_FAILED", detail: "It does not answer." } };
    const { code, io } = await runAgainst({ "POST /v1/image-pulls": { events: [failed] } }, [
      "images",
      "pull",
      "r.test/echo",
      "echo",
    ]);
    expect([code, io.err()]).toEqual([1, expect.stringContaining("It does not answer.")]);
    const early = await runAgainst({ "POST /v1/image-pulls": { events: [] } }, ["images", "pull", "r.test/x", "echo"]);
    expect(early.code).toBe(1);
  });

  test("delete asks first, and wants a tag or a digest", async () => {
    const routes = { "DELETE /v1/images/team/echo": { status: 204 } } as const;
    const { code, io, requests } = await runAgainst(routes, ["images", "delete", "team/echo:v1", "--yes"]);
    expect([code, io.out()]).toEqual([0, "Deleted v1 of team/echo.\n"]);
    expect(requests[0]?.path).toBe("/v1/images/team/echo?reference=v1");
    expect((await runAgainst(routes, ["images", "delete", "team/echo", "--yes"])).code).toBe(2);
  });
});
