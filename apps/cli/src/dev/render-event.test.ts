import { expect, it } from "vitest";
import { createColors } from "../render/colors.ts";
import { renderEvent } from "./render-event.ts";

const plain = createColors(false);

it("tells a call by its method of JSON-RPC, else by its route", () => {
  const call = { event: "call", method: "POST", path: "/", status: 200, ms: 12.4 } as const;
  expect(renderEvent({ ...call, rpc: "SendMessage" }, plain)).toBe("200 SendMessage 12 ms");
  expect(renderEvent({ ...call, path: "/message:send" }, plain)).toBe("200 POST /message:send 12 ms");
  expect(renderEvent({ ...call, status: 0 }, plain)).toBe("broke POST / 12 ms");
});

it("lets nothing that an agent prints at the terminal itself", () => {
  const text = "\u001b]52;c;aGk=\u0007\u001b[2Jhello";
  expect(renderEvent({ event: "log", stream: "stdout", text }, plain)).toBe("hello");
});

it("says what a reload waits for", () => {
  expect(renderEvent({ event: "reloading", file: "src/agent.ts", calls: 2 }, plain)).toBe(
    "src/agent.ts changed: reloading, after 2 running calls",
  );
  expect(renderEvent({ event: "reloading", file: "a.ts", calls: 0 }, plain)).toBe("a.ts changed: reloading");
});
