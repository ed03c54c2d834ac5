import type { FieldTexts } from "../../ui/fields-form/form-field.ts";
import { shellWord } from "../../ui/shell-word.ts";
import type { SourceKind } from "./source-choice.tsx";
import type { Traffic } from "./traffic-choice.tsx";

export interface DeployChoice {
  readonly name: string;
  readonly target: string;
  readonly isTrusted: boolean;
  readonly traffic: Traffic;
}

/** With a folder the options go into the address, and the body is the folder. */
export function archiveParameters({ name, target, isTrusted, traffic }: DeployChoice) {
  return {
    name: name === "" ? undefined : name,
    target: target === "" ? undefined : target,
    trust: isTrusted ? true : undefined,
    traffic: traffic.kind === "none" ? "none" : undefined,
    canary: traffic.kind === "canary" ? traffic.percent : traffic.kind === "all" ? 0 : undefined,
  };
}

/** What the platform fetches by itself. */
export function deployDocument(
  { name, target, isTrusted, traffic }: DeployChoice,
  source: Readonly<Record<string, unknown>>,
): object {
  return {
    ...(name === "" ? {} : { name }),
    source,
    options: {
      trust: isTrusted,
      ...(target === "" ? {} : { target }),
      ...(traffic.kind === "none" ? { traffic: "none" } : {}),
      ...(traffic.kind === "canary" ? { canaryPercent: traffic.percent } : {}),
      ...(traffic.kind === "all" ? { canaryPercent: 0 } : {}),
    },
  };
}

/** The same as a command. */
export function deployCommand(choice: DeployChoice, kind: SourceKind, texts: FieldTexts): string {
  const { name, target, isTrusted, traffic } = choice;
  const credential = texts["credential"] ?? "";
  const flags = [
    ...(kind === "archive" || credential === "" ? [] : [`--credential ${shellWord(credential)}`]),
    ...(name === "" ? [] : [`--name ${shellWord(name)}`]),
    ...(target === "" ? [] : [`--target ${shellWord(target)}`]),
    ...(traffic.kind === "none" ? ["--no-traffic"] : []),
    ...(traffic.kind === "canary" ? [`--canary ${traffic.percent}`] : []),
    ...(traffic.kind === "all" ? ["--canary 0"] : []),
    ...(isTrusted ? ["--trust"] : []),
  ];
  return ["npx a2a deploy", sourceWords(kind, texts), ...flags].join(" ");
}

function sourceWords(kind: SourceKind, texts: FieldTexts): string {
  const said = (key: string, otherwise: string): string => (texts[key] ?? "") || otherwise;
  if (kind === "archive") return "FOLDER";
  if (kind === "image") return `--image ${shellWord(said("reference", "IMAGE"))}`;
  const [ref, path] = [said("ref", ""), said("path", "")];
  const fragment = ref === "" && path === "" ? "" : `#${ref}${path === "" ? "" : `:${path}`}`;
  return shellWord(`${said("url", "URL")}${fragment}`);
}
