import { describe, expect, test } from "vitest";
import { Router } from "./router.ts";
import type { Routable } from "./router.ts";

const routes: readonly Routable[] = [
  { method: "GET", path: "/tasks" },
  { method: "POST", path: "/tasks" },
  { method: "POST", path: "/tasks/{id}:cancel" },
  { method: "GET", path: "/tasks/{id}" },
  { method: "GET", path: "/tile/{path...}" },
];
const router = new Router(routes);

const paramsOf = (path: string, method = "GET"): unknown => {
  const match = router.match(method, path);
  return match.kind === "found" ? [match.route.path, match.params] : match.kind;
};

describe("the router", () => {
  test("finds literals, parameters, custom verbs and the rest of a path", () => {
    expect(paramsOf("/tasks")).toEqual(["/tasks", {}]);
    expect(paramsOf("/tasks/task_1")).toEqual(["/tasks/{id}", { id: "task_1" }]);
    expect(paramsOf("/tasks/task_1:cancel", "POST")).toEqual(["/tasks/{id}:cancel", { id: "task_1" }]);
    expect(paramsOf("/tasks/task_1%3Acancel", "POST")).toEqual(["/tasks/{id}:cancel", { id: "task_1" }]);
    expect(paramsOf("/tile/0/x001/067.p/5")).toEqual(["/tile/{path...}", { path: "0/x001/067.p/5" }]);
  });

  test("answers HEAD like GET and names the methods that an address has", () => {
    expect(paramsOf("/tasks", "HEAD")).toEqual(["/tasks", {}]);
    expect(router.match("DELETE", "/tasks")).toEqual({
      kind: "wrong_method",
      allow: ["GET", "POST", "HEAD", "OPTIONS"],
    });
    expect(router.match("GET", "/tasks/x:cancel")).toMatchObject({ kind: "wrong_method", allow: ["POST", "OPTIONS"] });
  });

  test("knows nothing else", () => {
    for (const path of ["/", "/tasks/", "/tasks/a/b", "/TASKS", "//tasks", "/tasks/:cancel", "/tasks/a:explode"]) {
      expect(router.match("GET", path), path).toEqual({ kind: "none" });
    }
  });

  test("lets no decoded segment leave its place", () => {
    for (const path of [
      "/tasks/%2e%2e",
      "/tasks/..",
      "/tasks/a%2Fb",
      "/tasks/a%5Cb",
      "/tasks/a%00b",
      "/tile/0/%2e%2e/secret",
      "/tile/../x",
    ]) {
      expect(() => router.match("GET", path), path).toThrowError(
        expect.objectContaining({ reason: "ROUTE_NOT_FOUND" }),
      );
    }
    for (const path of ["/tasks/%", "/tasks/%zz", "/tasks/%c3%28"]) {
      expect(() => router.match("GET", path), path).toThrowError(
        expect.objectContaining({ reason: "INVALID_REQUEST" }),
      );
    }
  });

  test("one parameter of a path takes what the others leave, wherever it stands", () => {
    const registry = new Router([
      { method: "GET", path: "/v2/{name...}/tags/list" },
      { method: "GET", path: "/v2/{name...}/manifests/{reference}", colons: true },
      { method: "POST", path: "/v2/{name...}/blobs/uploads/" },
    ] satisfies readonly Routable[]);
    const found = (path: string, method = "GET"): unknown => {
      const match = registry.match(method, path);
      return match.kind === "found" ? match.params : match.kind;
    };
    expect(found("/v2/a/b/c/tags/list")).toEqual({ name: "a/b/c" });
    expect(found("/v2/tags/list/tags/list")).toEqual({ name: "tags/list" });
    expect(found("/v2/a/manifests/sha256:00")).toEqual({ name: "a", reference: "sha256:00" });
    expect(found("/v2/a/manifests/b/manifests/v1")).toEqual({ name: "a/manifests/b", reference: "v1" });
    expect(found("/v2/a/blobs/uploads/", "POST")).toEqual({ name: "a" });
    for (const path of ["/v2/tags/list", "/v2/a/manifests/", "/v2/a/manifests", "/v2/a/tags/list/"]) {
      expect(found(path), path).toBe("none");
    }
    expect(() => found("/v2/a/%2e%2e/tags/list")).toThrowError(expect.objectContaining({ reason: "ROUTE_NOT_FOUND" }));
  });

  test("refuses the same address twice", () => {
    expect(() => new Router([...routes, { method: "GET", path: "/tasks" }])).toThrow("declared twice");
  });
});
