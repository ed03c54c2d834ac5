import { AGENT_NAME_PATTERN } from "@berth/protocol";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import type { FormEvent } from "react";
import { api, search } from "../../api/client.ts";
import { Button } from "../../ui/button.tsx";
import { CheckField } from "../../ui/check-field.tsx";
import { TextField } from "../../ui/field.tsx";
import { Page } from "../../ui/page.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Failure } from "../../ui/status.tsx";
import { ChooseSource } from "./choose-source.tsx";
import type { ChosenSource } from "./choose-source.tsx";
import type { Deployment } from "./deployment-queries.ts";
import { packTar } from "./pack-tar.ts";
import { TrafficChoice } from "./traffic-choice.tsx";
import type { Traffic } from "./traffic-choice.tsx";

/** What the platform takes. */
const MAX_PACKED_BYTES = 64 * 1_048_576;

export function NewDeploymentScreen() {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const [source, setSource] = useState<ChosenSource | undefined>();
  const [name, setName] = useState("");
  const [isTrusted, setIsTrusted] = useState(false);
  const [traffic, setTraffic] = useState<Traffic>({ kind: "default" });
  const deploy = useMutation({
    mutationFn: async (chosen: ChosenSource) => {
      const body = chosen.kind === "archive" ? chosen.file : await packTar(chosen.folder.entries, MAX_PACKED_BYTES);
      const parameters = {
        name: name === "" ? undefined : name,
        trust: isTrusted ? true : undefined,
        traffic: traffic.kind === "none" ? "none" : undefined,
        canary: traffic.kind === "canary" ? traffic.percent : traffic.kind === "all" ? 0 : undefined,
      };
      return await api<Deployment>(`/v1/deployments${search(parameters)}`, {
        method: "POST",
        body,
        contentType: "application/gzip",
      });
    },
    onSuccess: async ({ deploymentId }) => {
      await queries.invalidateQueries({ queryKey: ["deployments"] });
      await navigate({ to: "/deployments/$id", params: { id: deploymentId } });
    },
  });
  const nameProblem =
    name === "" || AGENT_NAME_PATTERN.test(name)
      ? undefined
      : "Small letters, digits and hyphens, a letter first, 39 at most.";
  const percentProblem =
    traffic.kind === "canary" && !(Number.isInteger(traffic.percent) && traffic.percent >= 1 && traffic.percent <= 50)
      ? "A whole number from 1 to 50."
      : undefined;
  const isReady = source?.objections.length === 0 && nameProblem === undefined && percentProblem === undefined;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (isReady) deploy.mutate(source);
  }
  return (
    <Page title="Deploy" cli={cliOf(name, isTrusted, traffic)}>
      <form onSubmit={submit} className="grid items-start gap-4 lg:grid-cols-[3fr_2fr]">
        <Panel title="What to deploy">
          <ChooseSource source={source} onChoose={setSource} />
        </Panel>
        <Panel title="How">
          <div className="flex flex-col gap-4">
            <TextField
              label="Name (optional)"
              autoComplete="off"
              spellCheck={false}
              placeholder={source?.kind === "folder" ? source.folder.name : ""}
              hint="Default: the name in berth.json, else the card's."
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              {...(nameProblem === undefined ? {} : { error: nameProblem })}
            />
            <TrafficChoice
              traffic={traffic}
              onChange={setTraffic}
              {...(percentProblem === undefined ? {} : { problem: percentProblem })}
            />
            <CheckField
              label="Run it outside the sandbox"
              hint="It then has this machine's files and network as the platform has them. Only for code that you wrote yourself."
              checked={isTrusted}
              onChange={(event) => setIsTrusted(event.currentTarget.checked)}
            />
            {deploy.error === null ? undefined : <Failure error={deploy.error} />}
            <Button type="submit" look="primary" disabled={!isReady || deploy.isPending}>
              {deploy.isPending ? "Packing and sending …" : "Deploy"}
            </Button>
          </div>
        </Panel>
      </form>
    </Page>
  );
}

function cliOf(name: string, isTrusted: boolean, traffic: Traffic): string {
  const flags = [
    ...(name === "" ? [] : [`--name ${name}`]),
    ...(traffic.kind === "none" ? ["--no-traffic"] : []),
    ...(traffic.kind === "canary" ? [`--canary ${traffic.percent}`] : []),
    ...(traffic.kind === "all" ? ["--canary 0"] : []),
    ...(isTrusted ? ["--trust"] : []),
  ];
  return ["npx a2a deploy FOLDER", ...flags].join(" ");
}
