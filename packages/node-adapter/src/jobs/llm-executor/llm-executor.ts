import {
  type Clock,
  type JobExecutor,
  type JobSpec,
  type ModelCall,
  systemClock,
  type TaskContext,
} from '@corral/core';
import { BackendNetwork } from '../../probes/backend-network.js';
import type { ConnectClient } from '../../probes/server-connection.js';
import { ModelPrices } from '../../telemetry/model-prices.js';
import { type CallLimits, defaultCallLimits } from './call-options.js';
import { CallPlaces } from './call-places.js';
import { type CallTarget, type CallTargets, type StaticTarget, staticTargets } from './call-target.js';
import { type HeldPlace, ModelCaller } from './model-caller.js';
import { type PlanTools, planJob } from './plan-job.js';
import { defaultPrompts, type Prompts } from './prompts/prompts.js';
import { runTask } from './run-task.js';

/** What an executor on LLM endpoints is made of. */
export interface LlmExecutorOptions {
  /** The servers that it may call: a list that never changes, or those of a hub by `hubCallTargets`. */
  readonly targets: CallTargets | readonly StaticTarget[];
  /** Whether servers in the public internet may be called, where `connect` is not given. Default: false. */
  readonly allowPublic?: boolean;
  /** Makes the client for an origin. Default: one that connects to where the rules of egress allow, and nowhere else. */
  readonly connect?: ConnectClient;
  /** Hears of every call. Default: nobody does. */
  readonly telemetry?: { record(call: ModelCall): void };
  /** What tokens cost. Default: nobody knows. */
  readonly prices?: ModelPrices;
  /** Watts that the host of a server takes now; `null`: unknown. Default: unknown. */
  readonly powerOf?: (target: CallTarget) => number | null;
  /** US dollars for a kilowatt-hour: prices calls that have no other price and whose host tells its power. */
  readonly energyUsdPerKwh?: number | null;
  /** Default: `defaultPrompts`. */
  readonly prompts?: Partial<Prompts>;
  /** Default: see {@link CallLimits}. */
  readonly limits?: Partial<CallLimits>;
  readonly clock?: Clock;
  /** A number in [0, 1). Default: `Math.random`. */
  readonly random?: () => number;
}

/** An executor that has to be let go of when its targets live longer than it does. */
export interface LlmExecutor extends JobExecutor {
  /** Hears no more of changes of its targets. Calls under way end by their own signals. */
  dispose(): void;
}

/**
 * Makes an executor that plans jobs and carries out their tasks on LLM servers: a plan and a score are calls with a fixed
 * form of answer, a task is a streamed one. It works by itself, in a worker on any host, and on what a hub watches.
 * @throws AdapterError `invalid_option` for a target that is no server
 * @example
 * const executor = createLlmExecutor({
 *   targets: [{ baseUrl: 'http://127.0.0.1:9931', models: ['meadow-2m'], provider: 'llama-server' }],
 * });
 */
export function createLlmExecutor(options: LlmExecutorOptions): LlmExecutor {
  const { clock = systemClock, random = Math.random, telemetry } = options;
  const limits = { ...defaultCallLimits, ...options.limits };
  const prompts = { ...defaultPrompts, ...options.prompts };
  const targets = 'list' in options.targets ? options.targets : staticTargets(options.targets);
  const places = new CallPlaces(targets, random);
  const caller = new ModelCaller({
    ...{ places, limits, clock, random },
    connect: options.connect ?? guardedClients(options, clock),
    record: (call) => telemetry?.record(call),
    prices: options.prices ?? new ModelPrices([]),
    powerOf: options.powerOf ?? (() => null),
    energyUsdPerKwh: options.energyUsdPerKwh ?? null,
  });

  /** Work keeps its place from call to call: then there are never more tasks at a server than it has places. */
  const withPlace = async <Value>(
    { model }: Omit<JobSpec, 'tasks'>,
    { signal }: Pick<TaskContext, 'signal'>,
    work: (tools: PlanTools) => Promise<Value>,
  ): Promise<Value> => {
    const held: HeldPlace = { place: await places.take(model, signal), wantedModel: model };
    try {
      return await work({ caller, held, prompts, limits });
    } finally {
      held.place.release();
    }
  };

  return {
    plan: (job, context) => withPlace(job, context, (tools) => planJob(job, tools, context)),
    runTask: (task, context) => withPlace(task.job, context, (tools) => runTask(task, tools, context)),
    freeSlots: ({ model }) => places.free(model),
    onFreed: (listener) => places.onFreed(listener),
    dispose: () => places.dispose(),
  };
}

function guardedClients({ allowPublic = false }: LlmExecutorOptions, clock: Clock): ConnectClient {
  return new BackendNetwork({ allowPublic }, undefined, clock).connectClient;
}
