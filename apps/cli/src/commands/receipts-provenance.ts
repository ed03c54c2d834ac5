import { LedgerError, controlPlaneKeysIn, parseTrustPolicy, verifyBundle, verifyProvenance } from "@berth/ledger";
import type { RunReceipt } from "@berth/ledger";
import { createNodeCrypto } from "@berth/ledger/node";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { oneLine } from "../render/printable.ts";
import { fields } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";
import { receiptIdOf } from "../run/receipt-id.ts";

export const provenanceCommand: Command = {
  name: "receipts provenance",
  summary: "Follow a receipt to its release, its image and the commit it was built from. Exit code 0 or 1.",
  details:
    "All that is fetched is verified here: the receipt, the signature under the provenance, that both are about the same release, and that the bill of materials is the one that was signed. With --provenance everything comes from files and nothing is fetched; --trust is then needed.",
  positionals: [{ name: "RECEIPT", summary: "the receipt's id, or its task's; with --provenance a bundle's file" }],
  options: {
    trust: { type: "string", value: "FILE", summary: "the keys you believe, from /ledger/keys" },
    provenance: { type: "string", value: "FILE", summary: "the envelope, from `a2a releases show --provenance`" },
    sbom: { type: "string", value: "FILE", summary: "the bill of materials, from `a2a releases show --sbom`" },
  },
  examples: [
    "a2a receipts provenance rcpt_01…",
    "a2a receipts provenance task_01… --trust keys.json",
    "a2a receipts provenance receipt.json --provenance provenance.json --sbom sbom.json --trust keys.json",
  ],
  run: follow,
};

interface Evidence {
  readonly bundle: string;
  readonly keys: string;
  /** Of the release that the receipt names. */
  readonly documents: (agent: RunReceipt["agent"]) => Promise<{
    readonly provenance: string;
    readonly sbom?: string;
    readonly image?: string;
  }>;
}

async function follow(context: CommandContext): Promise<CommandResult> {
  const evidence = context.args.text("provenance") === undefined ? await fetched(context) : await fromFiles(context);
  try {
    return await followed(context, evidence);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const { check, message } = error;
    context.progress(`${context.colors.red("✗")} ${check}: ${message}`);
    const hint =
      "The receipt, the provenance or the bill of materials was changed, or they belong to different releases.";
    const report = { reason: "RECEIPT_INVALID", message: `${check}: ${message}`, hint };
    return { json: { valid: false, check, error: report }, text: "", exitCode: ExitCode.Failed };
  }
}

async function followed({ colors }: CommandContext, { bundle, keys, documents }: Evidence): Promise<CommandResult> {
  const crypto = createNodeCrypto();
  const verified = await verifyBundle(bundle, { trust: parseTrustPolicy(keys), crypto });
  const { agent, receipt } = verified.statement.predicate;
  if (agent.image === undefined) throw new LedgerError("provenance.release", "the receipt names no release's content");
  const { provenance, sbom, image } = await documents(agent);
  const found = await verifyProvenance(provenance, {
    keys: controlPlaneKeysIn(keys, crypto),
    release: agent.image,
    ...(image === undefined ? {} : { image }),
    ...(sbom === undefined ? {} : { sbom: new TextEncoder().encode(sbom) }),
    crypto,
  });
  const commit = found.source.digest?.["gitCommit"];
  const source = found.source.uri;
  const isSbomChecked = sbom !== undefined;
  return {
    json: { valid: true, receipt, agent: agent.name, ...found, commit: commit ?? null, sbomChecked: isSbomChecked },
    text: `${colors.green("✓")} the receipt leads to its source\n${fields([
      ["receipt", receipt],
      ["agent", `${oneLine(agent.name)} ${agent.release}`],
      ["release", found.release],
      ["image", found.image],
      ["sbom", found.sbom === undefined ? "not named" : `${found.sbom}${isSbomChecked ? ", and that it is" : ""}`],
      ["built by", oneLine(`${found.builder} ${found.invocation ?? ""}`)],
      ["source", oneLine(source)],
      ["commit", oneLine(commit ?? "none")],
      ["signed by", found.signedBy],
    ])}`,
  };
}

async function fetched({ args, io, platform }: CommandContext): Promise<Evidence> {
  if (args.text("sbom") !== undefined) throw new UsageError("--sbom goes with --provenance.", "Give both files.");
  const client = await platform();
  const { receipts, ledger, distribution } = client;
  const trust = args.text("trust");
  return {
    bundle: await receipts.bundle(await receiptIdOf(client, args.required("RECEIPT")), { events: "none" }),
    keys: trust === undefined ? await ledger.keys() : await readFileOrStdin(trust, io),
    async documents({ name, release }) {
      const [provenance, sbom, { image }] = await Promise.all([
        distribution.provenance(name, release),
        distribution.sbom(name, release),
        distribution.get(name, release),
      ]);
      return { provenance, sbom, ...(image === null ? {} : { image: image.digest }) };
    },
  };
}

async function fromFiles({ args, io }: CommandContext): Promise<Evidence> {
  const [trust, envelope, sbom] = [args.text("trust"), args.text("provenance"), args.text("sbom")];
  if (trust === undefined || envelope === undefined) {
    throw new UsageError("Files can only be verified by keys you believe.", "Add --trust FILE, from /ledger/keys.");
  }
  const [bundle, keys, provenance] = [
    await readFileOrStdin(args.required("RECEIPT"), io),
    await readFileOrStdin(trust, io),
    await readFileOrStdin(envelope, io),
  ];
  const list = sbom === undefined ? undefined : await readFileOrStdin(sbom, io);
  return {
    bundle,
    keys,
    // A document that was printed ends with a line break that is not its own.
    documents: async () => ({
      provenance: provenance.trimEnd(),
      ...(list === undefined ? {} : { sbom: list.replace(/\n$/, "") }),
    }),
  };
}
