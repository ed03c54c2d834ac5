import { expect, test, vi } from "vitest";
import { DeploymentQueue } from "./deployment-queue.ts";
import type { QueuedDeployment } from "./deployment-queue.ts";

interface Job extends QueuedDeployment {
  agentName: string | undefined;
  isFetched: boolean;
  isCanceled: boolean;
}

function job(deploymentId: string, orgId: string, agentName?: string, isFetched = false): Job {
  return { deploymentId, orgId, agentName, isFetched, isCanceled: false };
}

/** A queue whose jobs end when they are told to. */
function world(maxRunning: number) {
  const begun: string[] = [];
  const ends = new Map<string, (outcome: "ended" | "waits") => void>();
  const queue = new DeploymentQueue<Job>({
    maxRunning,
    work: async ({ deploymentId }) => {
      begun.push(deploymentId);
      return await new Promise((resolve) => ends.set(deploymentId, resolve));
    },
  });
  const begins = async (...ids: readonly string[]): Promise<void> => await vi.waitFor(() => expect(begun).toEqual(ids));
  const end = (id: string, outcome: "ended" | "waits" = "ended"): void => ends.get(id)?.(outcome);
  return { queue, begins, end };
}

test("organizations take turns, however much one of them has waiting", async () => {
  const { queue, begins, end } = world(1);
  for (const id of ["a1", "a2", "a3"]) queue.add(job(id, "a", id));
  for (const id of ["b1", "b2"]) queue.add(job(id, "b", id));
  await begins("a1");
  end("a1");
  await begins("a1", "b1");
  end("b1");
  await begins("a1", "b1", "a2");
  end("a2");
  await begins("a1", "b1", "a2", "b2");
});

test("an organization that has nothing running goes first", async () => {
  const { queue, begins } = world(2);
  for (const id of ["a1", "a2"]) queue.add(job(id, "a", id));
  await begins("a1", "a2");
  const { queue: other, begins: begun, end } = world(2);
  for (const id of ["a1", "a2", "a3"]) other.add(job(id, "a", id));
  other.add(job("b1", "b", "x"));
  await begun("a1", "a2");
  end("a1");
  await begun("a1", "a2", "b1");
  expect([other.count("a"), other.count("b")]).toEqual([2, 1]);
});

test("what is fetched waits for every earlier one of its agent", async () => {
  const { queue, begins, end } = world(3);
  const first = job("1", "a", "fx", true);
  const second = job("2", "a", "fx");
  const third = job("3", "a", "other", true);
  for (const each of [first, second, third]) queue.add(each);
  await begins("1", "2", "3");
  second.isFetched = true;
  expect([queue.mayGoOn(first), queue.mayGoOn(second), queue.mayGoOn(third)]).toEqual([true, false, true]);
  end("2", "waits");
  end("3");
  await vi.waitFor(() => expect(queue.count("a")).toBe(2));
  end("1");
  await begins("1", "2", "3", "2");
});

test("one whose agent nobody knows holds up later ones of its organization, and nobody else's", () => {
  const { queue } = world(4);
  const unnamed = job("1", "a");
  const named = job("2", "a", "fx", true);
  const foreign = job("3", "b", "fx", true);
  for (const each of [unnamed, named, foreign]) queue.add(each);
  expect([queue.mayGoOn(named), queue.mayGoOn(foreign)]).toEqual([false, true]);
  named.isCanceled = true;
  expect(queue.mayGoOn(named)).toBe(true);
  named.isCanceled = false;
  unnamed.agentName = "other";
  expect(queue.mayGoOn(named)).toBe(true);
});

test("what waits can be taken out, what runs cannot; a closed queue begins nothing", async () => {
  const { queue, begins, end } = world(1);
  const [first, second, third] = [job("1", "a", "x"), job("2", "a", "y"), job("3", "a", "z")];
  for (const each of [first, second, third]) queue.add(each);
  await begins("1");
  expect([queue.remove(first), queue.remove(second)]).toEqual([false, true]);
  const closed = queue.close();
  end("1");
  await closed;
  await begins("1");
  expect(queue.count("a")).toBe(1);
});
