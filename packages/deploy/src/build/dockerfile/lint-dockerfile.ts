import type { Instruction, PropertyInstruction } from "dockerfile-ast";
import { lineOf } from "./read-dockerfile.ts";
import type { ReadDockerfile } from "./read-dockerfile.ts";

export interface DockerfileFinding {
  /** `error`: it cannot be built here. */
  readonly severity: "error" | "warning";
  readonly rule: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

type Report = (
  severity: DockerfileFinding["severity"],
  rule: string,
  at: Instruction | number,
  message: string,
) => void;

const SECRET = /(?:^|_)(?:TOKEN|SECRET|PASSWORD|PASSWD|APIKEY|API_KEY|PRIVATE_KEY|ACCESS_KEY|CREDENTIALS?)(?:_|$)/i;
const FLAG = /(?:^|\s)--(?:link|exclude)\b/;
const ADDRESS = /^(?:https?|ftp|git|ssh):\/\/|^git@/i;

/** What goes wrong with a Dockerfile that builds, and what does not build here. In the order of its lines. */
export function lintDockerfile(dockerfile: ReadDockerfile): readonly DockerfileFinding[] {
  const findings: DockerfileFinding[] = [];
  const report: Report = (severity, rule, at, message) => {
    findings.push({ severity, rule, line: typeof at === "number" ? at : lineOf(at), message });
  };
  const instructions = dockerfile.ast.getInstructions();
  lintBases(dockerfile, report);
  for (const instruction of instructions) lintInstruction(instruction, report);
  const last = instructions.findLastIndex((each) => each.getKeyword() === "FROM");
  lintResult(instructions.slice(last), report);
  return findings.toSorted((a, b) => a.line - b.line);
}

function lintBases({ text, bases }: ReadDockerfile, report: Report): void {
  for (const { reference, from } of bases) {
    if (reference.includes("@sha256:")) continue;
    const line = text.slice(0, from).split("\n").length;
    report(
      "warning",
      "unpinned-base",
      line,
      `${reference} may be another image tomorrow: name it with its digest (@sha256:…).`,
    );
  }
}

function lintInstruction(instruction: Instruction, report: Report): void {
  const keyword = instruction.getKeyword();
  const words = instruction.getArguments().map((argument) => argument.getValue());
  if (keyword === "ADD" && words.some((word) => ADDRESS.test(word))) {
    report(
      "error",
      "add-url",
      instruction,
      "ADD of an address needs a network, which builds do not have: put the file into the folder and COPY it.",
    );
  }
  const [flag] = keyword === "COPY" || keyword === "ADD" ? (FLAG.exec(instruction.getTextContent()) ?? []) : [];
  if (flag !== undefined) report("warning", "not-portable", instruction, `${flag.trim()} is BuildKit's alone.`);
  if (keyword === "ARG" || keyword === "ENV") {
    // dockerfile-ast makes ARG and ENV instructions with properties.
    for (const property of (instruction as PropertyInstruction).getProperties()) {
      if (!SECRET.test(property.getName())) continue;
      if (keyword === "ENV" && (property.getValue() ?? "") === "") continue;
      report(
        "warning",
        "secret-in-image",
        instruction,
        `${property.getName()} stays in the image for everybody who has it: name it in build.secrets and read /run/secrets/${property.getName()}.`,
      );
    }
  }
}

/** Of the last stage, which is the image. */
function lintResult(stage: readonly Instruction[], report: Report): void {
  const [from] = stage;
  if (from === undefined) return;
  const lastOf = (keyword: string): Instruction | undefined => stage.findLast((each) => each.getKeyword() === keyword);
  const user = lastOf("USER");
  const name = user?.getArguments()[0]?.getValue() ?? "";
  if (user === undefined)
    report(
      "warning",
      "root-user",
      from,
      "There is no USER: the program is root in its container. Add USER 65532:65532.",
    );
  else if (/^(?:root|0)(?::|$)/.test(name))
    report("warning", "root-user", user, "The program is root in its container: USER 65532:65532.");
  if (lastOf("EXPOSE") === undefined) {
    report(
      "warning",
      "no-expose",
      from,
      "There is no EXPOSE: other platforms do not learn the port. The program listens on $PORT; add EXPOSE 8080.",
    );
  }
  const start = lastOf("ENTRYPOINT") ?? lastOf("CMD");
  if (start === undefined)
    report(
      "warning",
      "no-command",
      from,
      "There is neither ENTRYPOINT nor CMD: what runs is what the base image says.",
    );
  else if (!(start.getRawArgumentsContent() ?? "").startsWith("[")) {
    report(
      "warning",
      "shell-form",
      start,
      `${start.getKeyword()} as a line is run by a shell, which does not pass on SIGTERM: write it as a list.`,
    );
  }
}
