import type { Hub } from '@corral/core';
import { SimulatedJobs } from '@corral/core/testing';
import { twoModelHub } from './api.fixture.js';
import { type Api, type CreateApiOptions, createApi } from './api.js';

/** The API of a hub whose jobs are simulated. */
export interface JobsApi {
  readonly hub: Hub;
  readonly jobs: SimulatedJobs;
  readonly api: Api;
  /** What was asked of the jobs, such as `cancel job-1`. */
  readonly commands: string[];
  readonly ask: (target: string, init?: RequestInit) => Promise<Response>;
  /** Posts a text. */
  readonly post: (target: string, body: string, type?: string) => Promise<Response>;
  dispose(): Promise<void>;
}

export async function makeJobsApi(options: CreateApiOptions = {}): Promise<JobsApi> {
  const hub = await twoModelHub();
  const commands: string[] = [];
  const jobs = new SimulatedJobs(hub.events, (command) => commands.push(command));
  Object.defineProperty(hub, 'jobs', { value: jobs });
  const api = createApi(hub, options);
  const ask: JobsApi['ask'] = async (target, init) =>
    api.fetch(new Request(`http://localhost${target}`, init));
  return {
    ...{ hub, jobs, api, commands, ask },
    post: (target, body, type = 'application/json') =>
      ask(target, { method: 'POST', body, headers: { 'content-type': type } }),
    dispose: async () => {
      api.dispose();
    },
  };
}

/** Code and details of a refusal. */
export async function refusalOf(response: Response): Promise<{
  readonly status: number;
  readonly code: string;
  readonly details: Record<string, unknown>;
}> {
  const { error } = (await response.json()) as { error: { code: string; details?: Record<string, unknown> } };
  return { status: response.status, code: error.code, details: error.details ?? {} };
}
