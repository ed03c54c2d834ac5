import { describe, expect, it } from "vitest";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { containerRequest } from "./container-plan.ts";
import type { ContainerPlan } from "./container-plan.ts";

const SPEC: ReleaseSpec = {
  orgId: "org_1",
  agentId: "agt_1",
  agentName: "tester",
  releaseId: "rel_1",
  folder: "/host/releases/1",
  entry: "agent.mjs",
  trusted: false,
  env: {},
  limits: { memoryMb: 100, cpu: 0.5, processes: 32, tmpMb: 4, startTimeoutMs: 1_000 },
  scale: { min: 0, max: 1, concurrency: 1, idleSeconds: 1 },
  egress: [],
};
const PLAN: ContainerPlan = {
  image: "sha256:abc",
  labels: { "berth.home": "home" },
  user: 250_000,
  agentFolder: "/host/run/agent",
  doorsFolder: "/host/run",
  etc: { passwd: "/host/etc-passwd" },
  env: { COLOUR: "green" },
  removedVariables: ["PATH", "HOSTNAME"],
  seccomp: "{}",
  maxOpenFiles: 100,
  maxFileBytes: undefined,
  maxCpus: 2,
};

describe("the container of a program", () => {
  const program = { command: ["/agent"], env: {}, workdir: "/", rootfs: "/host/rootfs/1", mountsApp: false };
  const sidecar = { folder: "/host/sidecar", nodePath: "/host/node", command: ["/.berth/node"], prlimit: undefined };

  it("is held to what every agent is, and differs in what it runs and what is mounted", () => {
    const of = (spec: ReleaseSpec, plan: ContainerPlan): Record<string, unknown> => {
      const { Cmd: _, WorkingDir: __, HostConfig, ...rest } = containerRequest(spec, plan);
      // As containerRequest makes it.
      return { ...rest, HostConfig: { ...(HostConfig as object), Mounts: undefined } };
    };
    expect(of({ ...SPEC, program }, { ...PLAN, sidecar })).toEqual(of(SPEC, PLAN));
  });

  it("has the platform's part beside its own root, read-only, and its release only where there is one", () => {
    const bind = (Source: string, Target: string): object => ({ Type: "bind", Source, Target, ReadOnly: true });
    const request = containerRequest({ ...SPEC, program }, { ...PLAN, sidecar });
    expect(request).toMatchObject({
      Cmd: ["/.berth/node"],
      WorkingDir: "/",
      HostConfig: {
        Mounts: expect.arrayContaining([bind("/host/sidecar", "/.berth"), bind("/host/node", "/.berth/node")]),
      },
    });
    expect(JSON.stringify(request)).not.toContain("/app");
    const withApp = containerRequest({ ...SPEC, program: { ...program, mountsApp: true } }, { ...PLAN, sidecar });
    expect(JSON.stringify(withApp)).toContain('"/app"');
  });
});

describe("the container of an agent", () => {
  it("has no network, no capabilities, no way to more of them, and its own user", () => {
    expect(containerRequest(SPEC, PLAN)).toMatchObject({
      Image: "sha256:abc",
      User: "250000:250000",
      HostConfig: {
        NetworkMode: "none",
        Privileged: false,
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges", "seccomp={}"],
        RestartPolicy: { Name: "no" },
      },
    });
  });

  it("is limited as its release says, never to more processors than there are", () => {
    const megabytes = 100 * 1024 * 1024;
    const limits = { Memory: megabytes, MemorySwap: megabytes, NanoCpus: 5e8, PidsLimit: 32 };
    expect(containerRequest(SPEC, PLAN)).toMatchObject({ HostConfig: limits });
    const greedy = { ...SPEC, limits: { ...SPEC.limits, cpu: 64 } };
    expect(containerRequest(greedy, PLAN)).toMatchObject({ HostConfig: { NanoCpus: 2e9 } });
  });

  it("can write to its socket's folder alone of all that is mounted", () => {
    // What was just made.
    const { HostConfig } = containerRequest(SPEC, PLAN) as { HostConfig: { Mounts: readonly unknown[] } };
    const mount = (Source: string, Target: string, ReadOnly: boolean): unknown => {
      return { Type: "bind", Source, Target, ReadOnly };
    };
    expect(HostConfig.Mounts).toEqual([
      mount("/host/releases/1", "/app", true),
      mount("/host/run", "/run", true),
      mount("/host/run/agent", "/run/agent", false),
      mount("/host/etc-passwd", "/etc/passwd", true),
    ]);
  });

  it("inherits nothing, not even what engines put in", () => {
    expect(containerRequest(SPEC, PLAN)).toMatchObject({ Env: ["PATH", "HOSTNAME", "COLOUR=green"] });
    const nul = { ...PLAN, env: { COLOUR: "green\0PATH=/x" } };
    expect(() => containerRequest(SPEC, nul)).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
  });

  it("runs nothing outside its release", () => {
    expect(() => containerRequest({ ...SPEC, entry: "../x.js" }, PLAN)).toThrow(
      expect.objectContaining({ reason: "CONFIG_INVALID" }),
    );
  });
});
