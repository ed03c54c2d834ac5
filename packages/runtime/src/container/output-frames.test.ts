import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";
import { splitOutput } from "./output-frames.ts";

function frame(stream: number, content: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(Buffer.byteLength(content), 4);
  return Buffer.concat([header, Buffer.from(content)]);
}

test.each([1, 3, 7, 1_000])("output is told apart however it is cut, here every %i bytes", async (size) => {
  const whole = Buffer.concat([frame(1, "hello "), frame(2, "oh no"), frame(1, ""), frame(1, "wörld\n")]);
  const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
    whole.subarray(at * size, (at + 1) * size),
  );
  const { stdout, stderr } = splitOutput(Readable.from(pieces));
  expect(await Promise.all([text(stdout), text(stderr)])).toEqual(["hello wörld\n", "oh no"]);
});

test("output that breaks off ends", async () => {
  const { stdout, stderr } = splitOutput(Readable.from([frame(1, "half of it").subarray(0, 12)]));
  expect(await Promise.all([text(stdout), text(stderr)])).toEqual(["half", ""]);
});
