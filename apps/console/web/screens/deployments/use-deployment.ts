import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { NO_LOG, foldLog, fromRecord } from "./build-log.ts";
import type { BuildLog, DeploymentMessage } from "./build-log.ts";
import { deploymentQuery } from "./deployment-queries.ts";
import { followDeployment } from "./follow-deployment.ts";

/** A deployment as it is now: its record, and while it runs its stream, drawn at most once per frame. */
export function useDeployment(id: string) {
  const query = useQuery(deploymentQuery(id));
  const [log, setLog] = useState<BuildLog>(NO_LOG);
  const [problem, setProblem] = useState<string | undefined>();
  const isRunning = query.data?.status === "running";
  useEffect(() => {
    if (!isRunning) return undefined;
    const controller = new AbortController();
    let waiting: DeploymentMessage[] = [];
    let frame = 0;
    const draw = (): void => {
      const messages = waiting;
      waiting = [];
      frame = 0;
      setLog((before) => messages.reduce(foldLog, before));
    };
    const onMessage = (message: DeploymentMessage): void => {
      waiting.push(message);
      if (frame === 0) frame = requestAnimationFrame(draw);
    };
    void followDeployment(id, { onMessage, onConnection: setProblem }, controller.signal);
    return () => {
      controller.abort();
      cancelAnimationFrame(frame);
    };
  }, [id, isRunning]);
  const record = log.deployment ?? query.data;
  const isFollowed = isRunning || log.sections.length > 0;
  return {
    query,
    deployment: record,
    log: isFollowed || record === undefined ? log : fromRecord(record),
    problem: record?.status === "running" ? problem : undefined,
  };
}
