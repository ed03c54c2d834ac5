import { expect, test } from "vitest";
import { parseRequirements } from "./requirements.ts";

test("names with versions, extras, markers and hashes are taken, comments are not", () => {
  const hash = `--hash=sha256:${"0".repeat(64)}`;
  const text = `# all\nflask==3.0.0\nhttpx[http2] >=0.27, <1 ; python_version > "3.9"  # why\n\na==1 \\\n    ${hash}\n`;
  expect(parseRequirements(text, "requirements.txt")).toEqual([
    "flask==3.0.0",
    'httpx[http2] >=0.27, <1 ; python_version > "3.9"',
    `a==1      ${hash}`,
  ]);
});

test.each([
  "--index-url https://evil.example.com",
  "-r /etc/passwd",
  "-e .",
  "./local",
  "git+https://example.com/x",
  "flask @ https://example.com/flask.whl",
  "flask @ file:///etc/passwd",
  "flask==1 --global-option=x",
  "https://example.com/x.whl",
])("%s is refused by its line", (line) => {
  expect(() => parseRequirements(`flask==1\n${line}`, "requirements.txt")).toThrow(
    expect.objectContaining({ reason: "CONFIG_INVALID", message: expect.stringContaining(line.slice(0, 20)) }),
  );
});
