import { expect, test } from "vitest";
import { lintDockerfile } from "./lint-dockerfile.ts";
import { readDockerfile, renameBases } from "./read-dockerfile.ts";

const PINNED = `registry.example.com/base@sha256:${"0".repeat(64)}`;
const ENDING = 'USER 65532:65532\nEXPOSE 8080\nENTRYPOINT ["/agent"]\n';

function rulesOf(text: string): readonly string[] {
  return lintDockerfile(readDockerfile(text)).map(({ rule, line }) => `${rule}:${line}`);
}

test.each([
  ["a file with nothing to mend", `FROM ${PINNED}\n${ENDING}`, []],
  ["a base without its digest", `FROM debian:12\n${ENDING}`, ["unpinned-base:1"]],
  ["a base behind an ARG", `ARG BASE=debian:12\nFROM \${BASE}\n${ENDING}`, ["unpinned-base:2"]],
  ["a stage that another names", `FROM ${PINNED} AS build\nFROM build\nCOPY --from=build /a /a\n${ENDING}`, []],
  ["an image that COPY names", `FROM ${PINNED}\nCOPY --from=busybox:1 /bin/sh /bin/sh\n${ENDING}`, ["unpinned-base:2"]],
  ["no user", `FROM ${PINNED}\nEXPOSE 1\nCMD ["a"]\n`, ["root-user:1"]],
  ["root by its number", `FROM ${PINNED}\nUSER 0:0\nEXPOSE 1\nCMD ["a"]\n`, ["root-user:2"]],
  ["a user of an earlier stage", `FROM ${PINNED} AS a\nUSER 1\nFROM a\nEXPOSE 1\nCMD ["a"]\n`, ["root-user:3"]],
  ["an address", `FROM ${PINNED}\nADD https://example.com/a.tgz /a\n${ENDING}`, ["add-url:2"]],
  ["a repository", `FROM ${PINNED}\nADD git@example.com:a/b /a\n${ENDING}`, ["add-url:2"]],
  [
    "secrets",
    `FROM ${PINNED}\nARG NPM_TOKEN\nENV DB_PASSWORD=x\n${ENDING}`,
    ["secret-in-image:2", "secret-in-image:3"],
  ],
  ["what only looks like a secret", `FROM ${PINNED}\nARG TOKENIZER=a\nENV PASSWORD=\n${ENDING}`, []],
  ["no port", `FROM ${PINNED}\nUSER 1\nCMD ["a"]\n`, ["no-expose:1"]],
  ["a program behind a shell", `FROM ${PINNED}\nUSER 1\nEXPOSE 1\nCMD node a.js\n`, ["shell-form:4"]],
  ["nothing that runs", `FROM ${PINNED}\nUSER 1\nEXPOSE 1\n`, ["no-command:1"]],
  ["what is BuildKit's", `FROM ${PINNED}\nCOPY --link a /a\n${ENDING}`, ["not-portable:2"]],
])("%s", (_, text, rules) => {
  expect(rulesOf(text)).toEqual(rules);
});

test("everything that is taken from elsewhere gets the name it is given, at every place", () => {
  const text = `ARG V=12
from --platform=linux/amd64 debian:\${V} as Build
RUN --mount=type=bind,from=tools:1,source=/t,target=/t true
FROM scratch
COPY --from=build /a /a
COPY --chmod=0755 --from=tools:1 /b /b
`;
  const read = readDockerfile(text);
  expect(read.bases.map(({ reference }) => reference)).toEqual(["debian:12", "tools:1", "tools:1"]);
  expect(renameBases(read, (reference) => `local/${reference.replace(":", "-")}`)).toBe(
    text.replace("debian:${V}", "local/debian-12").replaceAll("tools:1", "local/tools-1"),
  );
  expect(readDockerfile(text, { V: "13" }).bases[0]?.reference).toBe("debian:13");
});

test("a file without FROM is none", () => {
  expect(() => readDockerfile("# nothing\n")).toThrow("no FROM");
});
