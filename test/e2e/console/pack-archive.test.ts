import { UNPACK_LIMITS, unpackArchive } from "@berth/deploy";
import { expect, test } from "vitest";
import { PackError, packTar } from "../../../apps/console/web/screens/deployments/pack-tar.ts";

// The console packs folders in the browser; what it makes has to come out of the platform's own unpacker.

async function pack(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const entries = Object.entries(files).map(([path, text]) => ({ path, content: new Blob([text]) }));
  return new Uint8Array(await (await packTar(entries, 64 * 1_048_576)).arrayBuffer());
}

async function unpack(archive: Uint8Array): Promise<Readonly<Record<string, string>>> {
  const { files } = await unpackArchive(archive, UNPACK_LIMITS);
  return Object.fromEntries(files.map(({ path, bytes }) => [path, Buffer.from(bytes).toString()]));
}

test("what the console packs, the platform unpacks: long and non-ASCII paths, empty files, whole blocks", async () => {
  const files = {
    "src/agent.ts": "export default 1;",
    empty: "",
    block: "b".repeat(512),
    "two-blocks": "b".repeat(1_024),
    "größe – 価格.csv": "a,b",
    [`deep/${"folder/".repeat(30)}${"n".repeat(150)}.ts`]: "long",
    [`${"x".repeat(99)}1`]: "exactly 100",
    [`${"x".repeat(100)}1`]: "101",
  };
  expect(await unpack(await pack(files))).toEqual(files);
});

test("a pax record's length counts its own digits", async () => {
  // Where the number of digits grows by counting itself.
  const lengths = [
    80, 81, 82, 83, 84, 85, 86, 87, 88, 89, 90, 91, 92, 979, 980, 981, 982, 983, 984, 985, 986, 987, 988, 989, 990,
  ];
  for (const length of lengths) {
    const path = `é${"p".repeat(length)}`;
    expect(await unpack(await pack({ [path]: "x" }))).toEqual({ [path]: "x" });
  }
});

test("stops when it grows beyond the bound", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(65_536));
  const entries = Array.from({ length: 40 }, (_, n) => ({ path: `f${n}`, content: new Blob([noise, String(n)]) }));
  await expect(packTar(entries, 1_048_576)).rejects.toThrow(PackError);
});
