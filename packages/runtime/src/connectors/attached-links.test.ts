import { describe, expect, it } from "vitest";
import type { Timers } from "../pool/timers.ts";
import type { AttachedLink, AttachedPeer } from "./attached-link.ts";
import { ATTACHED_GRACE_MS, AttachedLinks } from "./attached-links.ts";

/** Time that stands still until it is told. */
class HeldTimers implements Timers {
  #now = 1_000_000;
  readonly #waiting = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    this.#waiting.set(run, this.#now + ms);
    return () => void this.#waiting.delete(run);
  }

  pass(ms: number): void {
    this.#now += ms;
    for (const [run, at] of this.#waiting) {
      if (at > this.#now) continue;
      this.#waiting.delete(run);
      run();
    }
  }
}

interface FakeLink extends AttachedLink {
  readonly reasons: string[];
}

function link(): FakeLink {
  const reasons: string[] = [];
  return {
    reasons,
    request: async () => await new Promise(() => {}),
    closed: new Promise(() => {}),
    close: (reason) => void reasons.push(reason),
  };
}

function peer(session: string, linkId = `ins_${session}`): AttachedPeer {
  const ids = { orgId: "org_1", agentId: "agt_1", agentName: "echo", releaseId: "rel_1" };
  return { ...ids, instanceId: linkId, session, machine: `machine of ${session}` };
}

/** Long after the platform has started. */
function open(): { readonly links: AttachedLinks; readonly timers: HeldTimers } {
  const timers = new HeldTimers();
  const links = new AttachedLinks(timers);
  timers.pass(60_000);
  return { links, timers };
}

const never = new AbortController().signal;
const unreachable = { reason: "AGENT_UNREACHABLE" };

describe("the links of attached agents", () => {
  it("lead to whoever is attached, and nowhere before and after", async () => {
    const { links } = open();
    await expect(links.ready("agt_1", never)).rejects.toMatchObject(unreachable);
    const only = link();
    links.connect(peer("a"), only);
    expect(await links.ready("agt_1", never)).toBe(only);
    links.end("agt_1", only, "detached");
    expect(links.view("agt_1")).toMatchObject({ state: "detached", machine: "machine of a" });
    await expect(links.ready("agt_1", never)).rejects.toMatchObject(unreachable);
    expect(() => links.assertReachable("agt_1")).toThrow("developer's machine");
  });

  it("let calls wait for the session that was lost, and go on with it", async () => {
    const { links } = open();
    const before = link();
    links.connect(peer("a"), before);
    links.end("agt_1", before, "lost");
    const waiting = links.ready("agt_1", never);
    const back = link();
    links.connect(peer("a", "ins_2"), back);
    expect(await waiting).toBe(back);
  });

  it("end the wait when the grace is over", async () => {
    const { links, timers } = open();
    const only = link();
    links.connect(peer("a"), only);
    links.end("agt_1", only, "lost");
    const waiting = links.ready("agt_1", never);
    timers.pass(ATTACHED_GRACE_MS);
    await expect(waiting).rejects.toMatchObject(unreachable);
    expect(links.view("agt_1")?.state).toBe("detached");
  });

  it("end the wait when another session takes the place, which new calls go to", async () => {
    const { links, timers } = open();
    const first = link();
    links.connect(peer("a"), first);
    links.end("agt_1", first, "lost");
    const waiting = links.ready("agt_1", never);
    const second = link();
    links.connect(peer("b"), second);
    await expect(waiting).rejects.toMatchObject(unreachable);
    timers.pass(ATTACHED_GRACE_MS);
    expect(await links.ready("agt_1", never)).toBe(second);
    await expect(links.ready("agt_1", never, "a")).rejects.toMatchObject(unreachable);
  });

  it("close the link whose place is taken, whose late end changes nothing", async () => {
    const { links } = open();
    const first = link();
    const second = link();
    links.connect(peer("a"), first);
    links.connect(peer("b"), second);
    expect(first.reasons).toHaveLength(1);
    links.end("agt_1", first, "lost");
    expect(links.view("agt_1")).toMatchObject({ state: "attached", session: "b" });
  });

  it("let calls wait for machines that come back after a restart of the platform, and no longer", async () => {
    const timers = new HeldTimers();
    const links = new AttachedLinks(timers);
    const early = links.ready("agt_1", never);
    const only = link();
    links.connect(peer("a"), only);
    expect(await early).toBe(only);
    const other = links.ready("agt_2", never);
    timers.pass(60_000);
    await expect(other).rejects.toMatchObject(unreachable);
  });

  it("let go of a caller that waits no longer, and of all when the agent is removed", async () => {
    const { links } = open();
    const only = link();
    links.connect(peer("a"), only);
    links.end("agt_1", only, "lost");
    const gone = new AbortController();
    const waiting = links.ready("agt_1", gone.signal);
    const other = links.ready("agt_1", never);
    gone.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow();
    links.remove("agt_1");
    await expect(other).rejects.toMatchObject(unreachable);
    expect(links.view("agt_1")).toBeUndefined();
  });
});
