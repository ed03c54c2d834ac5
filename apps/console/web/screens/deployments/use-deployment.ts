import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { NO_LOG, foldLog } from "./build-log.ts";
import type { BuildLog, DeploymentMessage } from "./build-log.ts";
import { deploymentQuery, isUnderWay } from "./deployment-queries.ts";
import { followDeployment } from "./follow-deployment.ts";

/** A deployment as it is now: its record, and everything it said from the beginning, drawn at most once per frame. */
export function useDeployment(id: string) {
  const query = useQuery(deploymentQuery(id));
  const [log, setLog] = useState<BuildLog>(NO_LOG);
  const [problem, setProblem] = useState<string | undefined>();
  const isThere = query.data !== undefined;
  useEffect(() => {
    if (!isThere) return undefined;
    const controller = new AbortController();
    let waiting: DeploymentMessage[] = [];
    let frame = 0;
    const draw = (): void => {
      const messages = waiting;
      waiting = [];
      frame = 0;
      setLog((before) => foldLog(before, messages));
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
  }, [id, isThere]);
  const record = log.deployment ?? query.data;
  return {
    query,
    deployment: record,
    log,
    problem: record !== undefined && isUnderWay(record) ? problem : undefined,
  };
}
