import {
  AgentCard,
  CancelTaskRequest,
  DeleteTaskPushNotificationConfigRequest,
  GetExtendedAgentCardRequest,
  GetTaskPushNotificationConfigRequest,
  GetTaskRequest,
  ListTaskPushNotificationConfigsRequest,
  ListTasksRequest,
  ListTasksResponse,
  Message,
  SendMessageRequest,
  StreamResponse,
  SubscribeToTaskRequest,
  Task,
  TaskPushNotificationConfig,
} from "@a2a-js/sdk";
import { GrpcTransportFactory } from "@a2a-js/sdk/client/grpc";
import type { SequencedFrame } from "@berth/protocol";
import type * as berth from "@berth/protocol";
import type { Binding, BindingClient, BindingV1, FrameStream, PushClient, Target } from "./binding-client.ts";
import { grpcFailure } from "./grpc-failure.ts";
import { lastEventId } from "./http.ts";

/** By the official SDK, which has the .proto of both versions and reads and writes their JSON. */
export const grpc: BindingV1 = { name: "GRPC", version: "1.0", open: (target) => open(target, "1.0"), openPush };
export const grpcV03: Binding = { name: "GRPC", version: "0.3", open: (target) => open(target, "0.3") };

type Transport = Awaited<ReturnType<GrpcTransportFactory["create"]>>;

interface Connection {
  readonly opened: Promise<Transport>;
  /** In every request: the agent. 0.3 has no tenant, and its client drops it. */
  readonly meant: { readonly tenant: string };
  readonly options: { readonly serviceParameters: Record<string, string> };
  /** @throws BindingFailure */
  readonly call: <T>(run: (transport: Transport) => Promise<T>) => Promise<T>;
}

function connect({ grpc: { address, agent }, token, headers }: Target, version: Binding["version"]): Connection {
  const opened = transport(address, version);
  const serviceParameters = {
    "a2a-version": version,
    ...(version === "0.3" ? { "berth-agent": agent } : {}),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...headers,
  };
  return {
    opened,
    meant: { tenant: agent },
    options: { serviceParameters },
    call: async (run) => await refusing(run(await opened)),
  };
}

function open(target: Target, version: Binding["version"]): BindingClient {
  const { opened, meant, options, call } = connect(target, version);
  // Answers are cast to what A2A says of their methods: whether they are is what the tests are about.
  return {
    send: async (request) => {
      const params = SendMessageRequest.fromJSON({ ...request, ...meant });
      const answer = await call(async (to) => await to.sendMessage(params, options));
      const json = "status" in answer ? { task: Task.toJSON(answer) } : { message: Message.toJSON(answer) };
      return json as berth.SendMessageResponse;
    },
    get: async (request) => {
      const params = GetTaskRequest.fromJSON({ ...request, ...meant });
      return Task.toJSON(await call(async (to) => await to.getTask(params, options))) as berth.Task;
    },
    list: async (request) => {
      const params = ListTasksRequest.fromJSON({ ...request, ...meant });
      const page = ListTasksResponse.toJSON(await call(async (to) => await to.listTasks(params, options)));
      return { tasks: [], nextPageToken: "", totalSize: 0, ...(page as object) } as unknown as berth.ListTasksResponse;
    },
    cancel: async (request) => {
      const params = CancelTaskRequest.fromJSON({ ...request, ...meant });
      return Task.toJSON(await call(async (to) => await to.cancelTask(params, options))) as berth.Task;
    },
    extendedCard: async () => {
      const params = GetExtendedAgentCardRequest.fromJSON(meant);
      return AgentCard.toJSON(
        await call(async (to) => await to.getExtendedAgentCard(params, options)),
      ) as berth.AgentCard;
    },
    stream: async (request) => {
      const params = SendMessageRequest.fromJSON({ ...request, ...meant });
      const to = await opened;
      return await openStream((signal) => to.sendMessageStream(params, { ...options, signal }));
    },
    subscribe: async ({ id, after }) => {
      const params = SubscribeToTaskRequest.fromJSON({ id, ...meant });
      const serviceParameters = { ...options.serviceParameters, ...lastEventId(after) };
      const to = await opened;
      return await openStream((signal) => to.resubscribeTask(params, { serviceParameters, signal }));
    },
  };
}

function openPush(target: Target): PushClient {
  const { meant, options, call } = connect(target, "1.0");
  return {
    create: async (config) => {
      const params = TaskPushNotificationConfig.fromJSON({ ...config, ...meant });
      return toConfig(await call(async (to) => await to.createTaskPushNotificationConfig(params, options)));
    },
    get: async (key) => {
      const params = GetTaskPushNotificationConfigRequest.fromJSON({ ...key, ...meant });
      return toConfig(await call(async (to) => await to.getTaskPushNotificationConfig(params, options)));
    },
    list: async (request) => {
      const params = ListTaskPushNotificationConfigsRequest.fromJSON({ ...request, ...meant });
      const { configs } = await call(async (to) => await to.listTaskPushNotificationConfig(params, options));
      return configs.map(toConfig);
    },
    remove: async (key) => {
      const params = DeleteTaskPushNotificationConfigRequest.fromJSON({ ...key, ...meant });
      await call(async (to) => await to.deleteTaskPushNotificationConfig(params, options));
    },
  };
}

function toConfig(config: TaskPushNotificationConfig): berth.TaskPushNotificationConfig {
  return TaskPushNotificationConfig.toJSON(config) as berth.TaskPushNotificationConfig;
}

async function transport(address: string, version: Binding["version"]): Promise<Transport> {
  const supportedInterfaces = [{ url: address, protocolBinding: "GRPC", protocolVersion: version }];
  const factory = new GrpcTransportFactory({ legacyCompat: { enabled: true } });
  return await factory.create(address, AgentCard.fromJSON({ supportedInterfaces }));
}

/** Waits for the first frame: only then it is known to be no refusal. */
async function openStream(
  begin: (signal: AbortSignal) => AsyncGenerator<StreamResponse, void, undefined>,
): Promise<FrameStream> {
  const controller = new AbortController();
  const source = begin(controller.signal);
  const first = await refusing(source.next());
  async function* frames(): AsyncGenerator<SequencedFrame> {
    try {
      for (let next = first; next.done !== true; next = await refusing(source.next())) {
        yield { seq: Number.NaN, frame: StreamResponse.toJSON(next.value) as berth.StreamResponse };
      }
    } catch (error) {
      if (!controller.signal.aborted) throw error;
    } finally {
      controller.abort();
    }
  }
  const opened = frames();
  return { [Symbol.asyncIterator]: () => opened, close: () => controller.abort() };
}

/** @throws BindingFailure */
async function refusing<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw grpcFailure(error);
  }
}
