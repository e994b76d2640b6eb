import type { Endpoint } from './endpoint.js';
import type { ResourceReading } from './host-resources.js';

/** An endpoint as an agent sees it on its own machine. */
export type ReportedEndpoint = Pick<
  Endpoint,
  | 'name'
  | 'scheme'
  | 'host'
  | 'port'
  | 'basePath'
  | 'kind'
  | 'status'
  | 'condition'
  | 'models'
  | 'latencyMs'
  | 'queueDepth'
>;

/** What an agent pushes. The hub does not probe what is in it. */
export interface AgentReport {
  /** Grows with every report of a host; what is not larger than the last one is a replay. */
  readonly seq: number;
  /** The agent's wall time, ISO 8601. Shown as skew, never relied on. */
  readonly at: string;
  /** Milliseconds until the next report. */
  readonly intervalMs: number;
  readonly name: string;
  readonly system: string | null;
  readonly addresses: readonly string[];
  readonly resources: ResourceReading;
  readonly endpoints: readonly ReportedEndpoint[];
}
