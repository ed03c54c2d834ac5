import { describe, expect, it } from "vitest";
import { nodeSigner } from "../test/sample-bundle.ts";
import { encodeBase64 } from "./base64.ts";
import { signCheckpoint, verifyCheckpoint } from "./checkpoint.ts";
import { formatVerifierKey, noteKey, parseVerifierKey, signNote, verifyNote } from "./signed-note.ts";
import { formatTlogProof, parseTlogProof } from "./tlog-proof.ts";

const signer = nodeSigner();
const key = noteKey("berth.test/ledger/1", signer.publicKey);
const root = new Uint8Array(32).fill(3);

describe("verifier keys", () => {
  it("reads the key and id that Go's checksum database publishes", () => {
    const key = parseVerifierKey("sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8");
    expect(key.name).toBe("sum.golang.org");
    expect(key.id).toBe("033de0ae");
  });

  it("come back as they were written", () => {
    expect(parseVerifierKey(formatVerifierKey(key))).toEqual(key);
  });

  it("are refused when name, id and key do not belong together", () => {
    const vkey = formatVerifierKey(key);
    expect(() => parseVerifierKey(vkey.replace("berth", "berta"))).toThrow("is not the one of its name and key");
    expect(() => parseVerifierKey("name")).toThrow("not a verifier key");
    expect(() => parseVerifierKey(`a+00000000+${encodeBase64(new Uint8Array(33))}`)).toThrow("not an Ed25519 key");
    expect(() => noteKey("two words", signer.publicKey)).toThrow("key name");
    expect(() => parseVerifierKey(formatVerifierKey(noteKey("a", new Uint8Array(32))))).toThrow("small order");
  });
});

describe("signed notes", () => {
  it("give their text to who knows a signer, also beside unknown signatures and empty lines", async () => {
    const note = await signNote("a\n\nb\n", key.name, signer);
    expect(await verifyNote(note, [key])).toBe("a\n\nb\n");
    const cosigned = `${note}— witness.test ${encodeBase64(new Uint8Array(80))}\n`;
    expect(await verifyNote(cosigned, [key])).toBe("a\n\nb\n");
  });

  it("are refused without a known signature, and with a wrong one of a known key", async () => {
    const note = await signNote("text\n", key.name, signer);
    await expect(verifyNote(note, [noteKey("other", signer.publicKey)])).rejects.toThrow("no known key");
    await expect(verifyNote(note.replace("text", "test"), [key])).rejects.toThrow("does not verify");
  });

  it.each(["", "a\n", "a\n\n", "\n\n", "a\n\n— x\n", "a\n\n— x y\n", "a\n\n- x AAAAAAAA\n", "a\n\n— x+y AAAAAAAA\n"])(
    "%j is no signed note",
    async (note) => {
      await expect(verifyNote(note, [key])).rejects.toThrow();
    },
  );

  it("may not hold control characters", async () => {
    await expect(signNote("a\u0000\n", key.name, signer)).rejects.toThrow("control character");
    await expect(signNote("no newline", key.name, signer)).rejects.toThrow("ends with a newline");
  });
});

describe("checkpoints", () => {
  it("come back as they were signed", async () => {
    const head = { origin: key.name, size: 1234, root };
    expect(await verifyCheckpoint(await signCheckpoint(head, signer), key)).toEqual(head);
  });

  it.each([
    ["of another origin", `other\n1\n${encodeBase64(root)}\n`],
    ["without a root", `${key.name}\n1\n`],
    ["with a short root", `${key.name}\n1\nAAAA\n`],
    ["with leading zeroes", `${key.name}\n01\n${encodeBase64(root)}\n`],
    ["with a size beyond 2^53", `${key.name}\n9999999999999999\n${encodeBase64(root)}\n`],
    ["with a negative size", `${key.name}\n-1\n${encodeBase64(root)}\n`],
    ["with an empty extension line", `${key.name}\n1\n${encodeBase64(root)}\n\n`],
  ])("%s are refused though they are signed", async (_, text) => {
    await expect(verifyCheckpoint(await signNote(text, key.name, signer), key)).rejects.toThrow();
  });

  it("may have extension lines", async () => {
    const text = `${key.name}\n7\n${encodeBase64(root)}\nextension\n`;
    expect((await verifyCheckpoint(await signNote(text, key.name, signer), key)).size).toBe(7);
  });
});

describe("tlog-proof", () => {
  const proof = {
    index: 73_894,
    hashes: [root, new Uint8Array(32)],
    checkpoint: "origin\n80000\nroot\n\n— origin sig\n",
  };

  it("comes back as it was written, and extra data is skipped", () => {
    const text = formatTlogProof(proof);
    expect(parseTlogProof(text)).toEqual(proof);
    expect(parseTlogProof(text.replace("\nindex", "\nextra QUJD\nindex"))).toEqual(proof);
    const alone = { ...proof, hashes: [] };
    expect(parseTlogProof(formatTlogProof(alone))).toEqual(alone);
  });

  it.each([
    ["another version", (text: string) => text.replace("@v1", "@v2")],
    ["a leading zero", (text: string) => text.replace("index ", "index 0")],
    ["no index", (text: string) => text.replace(/index.*\n/, "")],
    ["no checkpoint", (text: string) => text.slice(0, text.indexOf("\n\n"))],
    ["a hash that is none", (text: string) => text.replace("\nAAAA", "\nAAA*")],
  ])("%s is refused", (_, change) => {
    expect(() => parseTlogProof(change(formatTlogProof(proof)))).toThrow();
  });
});
