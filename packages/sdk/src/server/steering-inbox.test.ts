import { Role } from "@berth/protocol";
import type { Message } from "@berth/protocol";
import { expect, test } from "vitest";
import { SteeringInbox } from "./steering-inbox.ts";

const say = (text: string): Message => ({ messageId: text, role: Role.User, parts: [{ text }] });
const idle = new AbortController().signal;

function open(): { inbox: SteeringInbox; read: string[] } {
  const read: string[] = [];
  return { inbox: new SteeringInbox(({ messageId }) => read.push(messageId)), read };
}

test("a message is read once, in order, and its sender learns of it then", async () => {
  const { inbox, read } = open();
  const sent = ["a", "b"].map((text) => inbox.push(say(text), idle));
  expect(inbox.take().map(({ messageId }) => messageId)).toEqual(["a", "b"]);
  await Promise.all(sent);
  expect(inbox.take()).toEqual([]);
  expect(read).toEqual(["a", "b"]);
});

test("whoever waits gets the next message, and nothing more when the task is over", async () => {
  const { inbox } = open();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const { messageId } of inbox) seen.push(messageId);
  })();
  await inbox.push(say("a"), idle);
  await inbox.push(say("b"), idle);
  inbox.close();
  await reading;
  expect(seen).toEqual(["a", "b"]);
});

test("what the turn did not read is refused at its end, and so is what comes after the task", async () => {
  const { inbox, read } = open();
  const late = inbox.push(say("a"), idle);
  inbox.refuse();
  await expect(late).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  inbox.close();
  await expect(inbox.push(say("b"), idle)).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  expect(read).toEqual([]);
});

test("a message whose sender went away is not read", async () => {
  const { inbox } = open();
  const sender = new AbortController();
  const sent = inbox.push(say("a"), sender.signal);
  sender.abort();
  await expect(sent).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  expect(inbox.take()).toEqual([]);
});

test("at most sixteen wait", async () => {
  const { inbox } = open();
  const sent = Array.from({ length: 16 }, (_, index) => inbox.push(say(`${index}`), idle));
  await expect(inbox.push(say("more"), idle)).rejects.toMatchObject({ reason: "AGENT_OVERLOADED" });
  inbox.take();
  await Promise.all(sent);
});
