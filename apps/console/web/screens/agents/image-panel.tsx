import { ShieldCheck, ShieldX } from "lucide-react";
import { Badge } from "../../ui/badge.tsx";
import { CopyButton } from "../../ui/copy-button.tsx";
import { ExternalLink } from "../../ui/external-link.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Panel } from "../../ui/panel.tsx";
import { formatBytes } from "../../ui/time.tsx";
import { Table } from "../../ui/table.tsx";
import type { Distribution } from "./distribution-queries.ts";

/** What the release consists of. */
export function ImagePanel({ image }: { readonly image: NonNullable<Distribution["image"]> }) {
  const { reference, bytes, base, platform, origin, layers } = image;
  return (
    <Panel title="Image">
      <div className="flex flex-col gap-3">
        <Facts
          facts={[
            { name: "Reference", value: <Digest text={reference} what="image's reference" /> },
            { name: "Size", value: formatBytes(bytes) },
            { name: "Platform", value: platform },
            { name: "Base", value: base?.name ?? base?.digest.slice(0, 19) },
            { name: "From", value: origin },
          ]}
        />
        {layers.length === 0 ? undefined : (
          <Table
            caption="Layers, the base first"
            rows={layers}
            keyOf={({ digest }) => digest}
            columns={[
              { head: "Layer", cell: ({ digest }) => <code className="font-mono text-xs">{digest.slice(7, 19)}</code> },
              { head: "Kind", wide: true, cell: ({ mediaType }) => mediaType.split(".").slice(-2).join(".") },
              { head: "Size", align: "right", cell: ({ size }) => formatBytes(size) },
            ]}
          />
        )}
      </div>
    </Panel>
  );
}

/** Where it comes from, and whether the platform's own key says so. */
export function ProvenancePanel({ provenance }: { readonly provenance: NonNullable<Distribution["provenance"]> }) {
  const { verified, problem, source, builder, deployment, signedBy } = provenance;
  const Icon = verified ? ShieldCheck : ShieldX;
  return (
    <Panel title="Provenance">
      <div className="flex flex-col gap-3">
        <p>
          <Badge tone={verified ? "good" : "bad"}>
            <Icon size={13} aria-hidden />
            {verified ? "verified" : "not verified"}
          </Badge>{" "}
          {problem}
        </p>
        <Facts
          facts={[
            { name: "Source", value: source === undefined ? undefined : <Source uri={source.uri} /> },
            {
              name: "Commit",
              value: source?.commit === undefined ? undefined : <Digest text={source.commit} what="commit" />,
            },
            { name: "Built by", value: builder },
            { name: "Deployment", value: deployment ?? undefined },
            {
              name: "Signed by",
              value: signedBy === undefined ? undefined : <Digest text={signedBy} what="key's id" />,
            },
          ]}
        />
      </div>
    </Panel>
  );
}

/** An archive that somebody sent has no address that one could open. */
function Source({ uri }: { readonly uri: string }) {
  if (/^https?:/i.test(uri)) return <ExternalLink address={uri} />;
  return <code className="font-mono text-xs break-all">{uri}</code>;
}

function Digest({ text, what }: { readonly text: string; readonly what: string }) {
  return (
    <span className="flex items-center gap-1">
      <code className="min-w-0 truncate font-mono text-xs" title={text}>
        {text}
      </code>
      <CopyButton text={text} label={`Copy the ${what}`} />
    </span>
  );
}
